/// A `user_id` as it was sent: a JSON number stays a number in every answer, a string stays a string. Stored and compared as text.
public struct UserReference: Codable, Sendable, Hashable {
    public let text: String
    /// True when it came as a JSON integer.
    public let isNumber: Bool

    public init(text: String, isNumber: Bool) {
        self.text = text
        self.isNumber = isNumber
    }

    public init(_ number: Int64) { self.init(text: String(number), isNumber: true) }

    /// A string, unless it reads as a plain integer (no sign, no leading zero).
    public init(principal id: String) { self.init(text: id, isNumber: Int64(id).map { String($0) == id && $0 >= 0 } ?? false) }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        // The first form failing only says that it is the other one.
        if let number = try? container.decode(Int64.self) {
            self.init(number)
        } else if let text = try? container.decode(String.self) {
            self.init(text: text, isNumber: false)
        } else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "must be an integer or a string")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if isNumber, let number = Int64(text) { try container.encode(number) } else { try container.encode(text) }
    }
}
