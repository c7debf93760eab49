import Contracts
import Synchronization

/// Something that answers requests for a service: a ``ServiceHost``, or a stand-in in a test.
public protocol RequestAnswering: AnyObject, Sendable {
    /// Name of the instance: `orders`, `orders#2`.
    var instance: String { get }
    /// False while it starts, drains or is stopped: the directory passes it over.
    var isAnswering: Bool { get }
    func respond(_ request: RawRequest) async -> RawReply
    /// Whoever answers in the end; for a connection, what it leads to.
    var origin: any RequestAnswering { get }
}

extension RequestAnswering {
    public var origin: any RequestAnswering { self }
}

/// Which instances answer for which service. One for each lab; instances enter when they start and leave when they stop.
public final class ServiceDirectory: Sendable {
    private struct Entry {
        var replicas = [any RequestAnswering]()
        var next = 0
    }

    private let entries = Mutex([String: Entry]())

    private let connecting: @Sendable (any RequestAnswering) -> any RequestAnswering

    /// - Parameter connecting: what callers get of an instance that registers: itself, or a connection to it that can fail.
    public init(connecting: @escaping @Sendable (any RequestAnswering) -> any RequestAnswering = { $0 }) { self.connecting = connecting }

    /// - Parameter replica: replaces the one with the same instance name: a restarted instance.
    public func register(_ replica: any RequestAnswering, as service: String) {
        entries.withLock { entries in
            var entry = entries[service] ?? Entry()
            entry.replicas.removeAll { $0.instance == replica.instance }
            entry.replicas.append(connecting(replica))
            entries[service] = entry
        }
    }

    /// Does nothing when another instance of the same name has taken its place.
    public func unregister(_ replica: any RequestAnswering, from service: String) {
        entries.withLock { $0[service]?.replicas.removeAll { $0.origin === replica } }
    }

    public var services: [String] { entries.withLock { $0.keys.sorted() } }
    public func replicas(of service: String) -> [any RequestAnswering] { entries.withLock { $0[service]?.replicas ?? [] } }

    /// The next replica that answers, in turn; nil when none does.
    public func next(for service: String) -> (any RequestAnswering)? {
        entries.withLock { entries in
            guard var entry = entries[service], !entry.replicas.isEmpty else { return nil }
            for _ in entry.replicas {
                let replica = entry.replicas[entry.next % entry.replicas.count]
                entry.next = (entry.next + 1) % entry.replicas.count
                entries[service]!.next = entry.next
                if replica.isAnswering { return replica }
            }
            return nil
        }
    }
}
