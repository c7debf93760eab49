import Synchronization

/// What clients were promised during a run: written by the workload, read by oracles.
///
///     let order = try await client.placeOrder(…)
///     lab.journal.record("order", "\(order.id)", ["key": key])
///
/// Only what a client has an answer for belongs here: a request whose answer was lost promises nothing.
public final class Journal: Sendable {
    public struct Promise: Sendable, Hashable {
        /// `order`, `stock`, …: agreed between workload and oracle.
        public let kind: String
        public let id: String
        public let facts: [String: String]
    }

    private let promises = Mutex([Promise]())

    public init() {}

    public func record(_ kind: String, _ id: String, _ facts: [String: String] = [:]) {
        promises.withLock { $0.append(Promise(kind: kind, id: id, facts: facts)) }
    }

    /// In the order in which they were made.
    public func promises(_ kind: String) -> [Promise] { promises.withLock { $0.filter { $0.kind == kind } } }

    public var all: [Promise] { promises.withLock { $0 } }
}
