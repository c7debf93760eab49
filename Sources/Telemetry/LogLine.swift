import Foundation
import Logging
import Runtime

/// One log entry, as kept in memory, written to the file and answered by `labctl logs`.
public struct LogLine: Sendable, Codable, Hashable {
    public var time: Timestamp
    public var level: String
    public var service: String
    public var message: String
    public var correlation_id: String?
    /// Values that belong to the message.
    public var fields: [String: String]?

    public init(
        time: Timestamp, level: String, service: String, message: String, correlation_id: String? = nil, fields: [String: String]? = nil
    ) {
        self.time = time
        self.level = level
        self.service = service
        self.message = message
        self.correlation_id = correlation_id
        self.fields = fields
    }

    /// One line of JSON, keys sorted, without a line break.
    public var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings and a time cannot fail to encode.
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    /// `10:00:00.123 INFO  orders  order placed  order=42`
    public var readable: String {
        let clock = time.rfc3339.dropFirst(11).dropLast().padding(to: 12)
        var text = "\(clock.prefix(12)) \(level.uppercased().padding(to: 8)) \(service.padding(to: 14)) \(message)"
        for (key, value) in (fields ?? [:]).sorted(by: { $0.key < $1.key }) { text += "  \(key)=\(Self.oneLine(value))" }
        if let correlation_id { text += "  correlation_id=\(correlation_id)" }
        return Self.oneLine(text)
    }

    /// Line breaks and control characters of values must not look like further entries.
    private static func oneLine(_ text: String) -> String {
        text.unicodeScalars.contains { $0.value < 32 || $0.value == 127 }
            ? String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? " " : $0 })) : text
    }
}

extension StringProtocol {
    fileprivate func padding(to width: Int) -> String {
        count >= width ? String(self) : self + String(repeating: " ", count: width - count)
    }
}
