/// What happened in a simulated run, in order: the points that instances reached, with virtual time and with what led there.
public final class History: @unchecked Sendable {
    // Unchecked: confined to the run's thread while it runs, read afterwards.
    public struct Event: Sendable, Hashable, CustomStringConvertible {
        /// Place in the history, from 0.
        public let number: Int
        /// The event that led here: the previous one of the same turn, or the one during which this turn's work was given to the lane.
        public let cause: Int?
        public let time: Timestamp
        public let instance: String
        public let point: Point
        public let subject: String
        public var description: String { "\(time) \(instance) \(point) \(subject)" }
    }

    public private(set) var events = [Event]()
    /// How often each instance has reached each point.
    public private(set) var counts = [Place: Int]()

    /// A point of an instance.
    public struct Place: Sendable, Hashable, Codable, Comparable {
        public let instance: String
        public let point: String

        public init(instance: String, point: String) {
            self.instance = instance
            self.point = point
        }

        public static func < (a: Place, b: Place) -> Bool { (a.instance, a.point) < (b.instance, b.point) }
    }

    init() {}

    func record(at time: Timestamp, cause: Int?, instance: String, point: Point, subject: String) -> Event {
        let event = Event(number: events.count, cause: cause, time: time, instance: instance, point: point, subject: subject)
        events.append(event)
        counts[Place(instance: instance, point: point.name), default: 0] += 1
        return event
    }

    /// The chain of events that led to event `number`, the earliest first.
    public func causes(of number: Int) -> [Event] {
        var chain = [Event]()
        var next: Int? = number
        while let number = next {
            chain.append(events[number])
            next = events[number].cause
        }
        return chain.reversed()
    }

    /// Sixteen hexadecimal digits; equal for equal histories, in every process and every build.
    public var digest: String { Self.digest(of: events[...]) }

    static func digest(of events: ArraySlice<Event>) -> String {
        var hash: UInt64 = 0
        for event in events {
            hash = StableHash.of("\(event.time.microseconds) \(event.instance) \(event.point.name) \(event.subject)", seed: hash)
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Where two histories of what should be the same run part; nil when they are equal.
    public static func divergence(_ one: [Event], _ other: [Event]) -> Int? {
        for index in 0..<max(one.count, other.count) {
            guard index < one.count, index < other.count else { return index }
            let (a, b) = (one[index], other[index])
            if a.time != b.time || a.instance != b.instance || a.point != b.point || a.subject != b.subject { return index }
        }
        return nil
    }
}
