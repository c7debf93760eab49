import EventSourcing
import Messaging
import ServiceKit
import Storage

/// The order tables are projections of `order_events`, in the same database.
extension OrdersService: ProjectionRebuilding {
    public nonisolated var replayedTopics: [Topic] { [] }

    public func rebuild(replacing: Bool, cause: Cause, log: @escaping ReplayedLog) async throws -> ProjectionRebuild {
        try await context.store.write(cause: cause) { tx in
            let differences = try OrderStream.projection.compare(in: tx.db).map(\.description)
            if replacing { try OrderStream.projection.rebuild(in: tx.db) }
            return ProjectionRebuild(events: try OrdersService.countEvents(in: tx.db), differences: differences, wasReplaced: replacing)
        }
    }
}
