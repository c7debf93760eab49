import Messaging
import ServiceKit

/// The figures follow from the whole log.
extension AnalyticsService: ProjectionRebuilding {
    public nonisolated var replayedTopics: [Topic] { Self.topics }

    public func rebuild(replacing: Bool, cause: Cause, log: @escaping ReplayedLog) async throws -> ProjectionRebuild {
        let report = try await AnalyticsRebuild(store: store).run(replacing: replacing, cause: cause, next: log)
        return ProjectionRebuild(
            events: report.messages, differences: report.differences.map(\.description), wasDisturbed: report.wasDisturbed,
            wasReplaced: report.wasReplaced)
    }
}

extension RebuildReport.Difference: CustomStringConvertible {
    public var description: String {
        "\(table): \(onlyReplayed) rows missing, \(onlyLive) surplus\n" + samples.map { "  \($0)" }.joined(separator: "\n")
    }
}
