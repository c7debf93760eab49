import LMDBBus
import Messaging
import Runtime

extension Platform {
    /// Waits until nothing is on its way: no group lags, no outbox holds a message, no saga is open.
    ///
    /// Exact: a message is in an outbox, in the log below its groups' offsets, or in a transaction that an open delivery stands for; so the
    /// lag is read before and after the outboxes, and the log must not have grown in between. What only a client knows, a request that is
    /// being answered, is not counted.
    /// - Parameter limit: zero looks once.
    func quiet(within limit: Duration) async throws -> QuietReport {
        let end = world.now + limit
        var pause = Duration.milliseconds(1)
        while true {
            let open = try await openWork()
            if open.isEmpty || world.now >= end { return QuietReport(is_quiet: open.isEmpty, open: open) }
            try await world.sleep(for: min(pause, max(.zero, end - world.now)))
            pause = min(pause * 2, .milliseconds(50))
        }
    }

    private func openWork() async throws -> [String] {
        let before = try await logEnd()
        var open = try await lags()
        for instance in instances {
            if !instance.isOutboxEmpty { open.append("\(instance.name): its outbox holds messages") }
            let sagas = try instance.tables.openSagas()
            if sagas > 0 { open.append("\(instance.name): \(sagas) \(sagas == 1 ? "saga is" : "sagas are") open") }
        }
        if open.isEmpty {
            open = try await lags()
            if try await logEnd() != before { open.append("the log grows") }
        }
        return open
    }

    private func logEnd() async throws -> UInt64 {
        try await bus.topics().reduce(0) { $0 + $1.partitions.reduce(0) { $0 + $1.next } }
    }

    private func lags() async throws -> [String] {
        try await bus.groups().filter { $0.lag > 0 }.map { "group \($0.name) has \($0.lag) messages to go" }.sorted()
    }
}
