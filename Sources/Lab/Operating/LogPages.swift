import Messaging
import Synchronization

/// Reads partitions one after the other, page by page. For one reader.
final class LogPages: Sendable {
    struct Place {
        let topic: String
        let partition: Int
        var offset: UInt64 = 0
    }

    private static let pageMax = 500
    private let bus: any BusInspecting
    private let left: Mutex<[Place]>

    init(bus: any BusInspecting, left: [Place]) {
        self.bus = bus
        self.left = Mutex(left)
    }

    /// Empty at the end.
    func next() async throws -> [Message] {
        while let place = left.withLock({ $0.first }) {
            let page = try await bus.browse(topic: place.topic, partition: place.partition, from: place.offset, max: Self.pageMax)
            left.withLock { if let last = page.last { $0[0].offset = last.position.offset + 1 } else { $0.removeFirst() } }
            if !page.isEmpty { return page.map(\.message) }
        }
        return []
    }
}
