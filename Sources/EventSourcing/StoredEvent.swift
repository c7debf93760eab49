import Runtime

/// A fact in an event stream: an enumeration with a case for each kind, written as JSON.
///
///     enum OrderEvent: StoredEvent {
///         case placed(total_minor: Int64), confirmed, cancelled(reason: String)
///         var typeName: String { … }       // "order.placed": for people who read the table
///     }
///
/// Stored events are read for ever: add cases and optional values, never change what exists.
public protocol StoredEvent: Codable, Sendable {
    var typeName: String { get }
}

/// An event with its place in its stream.
public struct RecordedEvent<Event: StoredEvent>: Sendable {
    public let stream: String
    /// 1 for the first event of a stream, without gaps.
    public let version: Int64
    public let event: Event
    public let at: Timestamp

    public init(stream: String, version: Int64, event: Event, at: Timestamp) {
        self.stream = stream
        self.version = version
        self.event = event
        self.at = at
    }
}

/// Somebody else appended to the stream since it was read: read it again, decide again.
public struct ConcurrencyConflict: Error, Sendable, Hashable, CustomStringConvertible {
    public let stream: String
    public let expected: Int64
    public let actual: Int64

    public init(stream: String, expected: Int64, actual: Int64) {
        self.stream = stream
        self.expected = expected
        self.actual = actual
    }

    public var description: String { "stream \(stream) is at version \(actual), not \(expected): it was changed meanwhile" }
}
