/// What happened in a simulated run, in order: the points that instances reached, with virtual time.
public final class History: @unchecked Sendable {
    // Unchecked: confined to the run's thread while it runs, read afterwards.
    public struct Event: Sendable, Hashable, CustomStringConvertible {
        public let time: Timestamp
        public let instance: String
        public let point: Point
        public let subject: String
        public var description: String { "\(time) \(instance) \(point) \(subject)" }
    }

    public private(set) var events = [Event]()

    init() {}

    func record(at time: Timestamp, instance: String, point: Point, subject: String) {
        events.append(Event(time: time, instance: instance, point: point, subject: subject))
    }

    /// Sixteen hexadecimal digits; equal for equal histories, in every process.
    public var digest: String {
        var hash: UInt64 = 0
        for event in events { hash = StableHash.of(event.description, seed: hash) }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
