import EventSourcing
import GRDB
import OrdersService

/// Tables that follow from an event stream hold what a replay from the first event gives.
///
///     ProjectionEqualsReplay(BookStream.projection, in: "library")
///
/// The replay writes into temporary tables of the oracle's own connection; the file is not touched.
public struct ProjectionEqualsReplay: Oracle {
    public let name = "projection equals replay"
    private let service: String
    private let compare: @Sendable (Database) throws -> [String]

    /// - Parameter compare: what differs, in sentences.
    public init(in service: String, compare: @escaping @Sendable (Database) throws -> [String]) {
        self.service = service
        self.compare = compare
    }

    public init<Event>(_ projection: Projection<Event>, in service: String) {
        self.init(in: service) { try projection.compare(in: $0).map(\.description) }
    }

    public func afterSettle(_ view: LabView) throws {
        guard view.has(service) else { return }
        let differences = try view.stores.read(service, compare)
        try view.expect(differences.isEmpty, "\(service)'s tables follow from its events", differences.joined(separator: "; "))
    }
}

extension Oracle where Self == ProjectionEqualsReplay {
    /// Orders and all tables that show them.
    public static var projectionEqualsReplay: ProjectionEqualsReplay {
        ProjectionEqualsReplay(in: "orders") { try OrdersReplay.differences(in: $0) }
    }
}
