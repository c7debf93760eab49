import GatewayAPI
import Synchronization

/// The last requests, in a ring of fixed size: what `/gateway/requests` answers.
final class RequestLog: Sendable {
    static let entriesMax = 1000

    private struct Ring {
        var entries = [LoggedRequest]()
        var next = 0
    }
    private let ring = Mutex(Ring())

    func add(_ entry: LoggedRequest) {
        ring.withLock { ring in
            if ring.entries.count < Self.entriesMax {
                ring.entries.append(entry)
            } else {
                ring.entries[ring.next] = entry
                ring.next = (ring.next + 1) % Self.entriesMax
            }
        }
    }

    /// Newest first.
    func latest(_ count: Int) -> [LoggedRequest] {
        ring.withLock { ring in
            let total = ring.entries.count
            return (0..<min(count, total)).map { back in ring.entries[(ring.next + total - 1 - back) % total] }
        }
    }
}
