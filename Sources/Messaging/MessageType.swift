import Foundation

/// A versioned kind of message with its payload's type and its topic, declared once by the owner of the topic.
///
///     public static let placed = MessageType<OrderPlaced>("Order.Placed.v1", on: topic, "An order was accepted and its checkout begins.")
public struct MessageType<Payload: Codable & Sendable>: Sendable {
    public let name: String
    public let topic: Topic
    public let summary: String

    public init(_ name: String, on topic: Topic, _ summary: String) {
        self.name = name
        self.topic = topic
        self.summary = summary
    }

    public func matches(_ message: Message) -> Bool { message.type == name }

    /// Reads the payload of a message of this type.
    /// - Throws: ``BusError`` with code `payloadMalformed` when it does not decode; such a message belongs among the dead letters.
    public func payload(of message: Message) throws -> Payload {
        do {
            return try PayloadCoding.decode(Payload.self, from: message.payload)
        } catch {
            throw BusError(.payloadMalformed, topic: message.topic, "\(name) with id \(message.id) does not decode: \(error)")
        }
    }
}

/// A declared message type without its payload's Swift type: what lists, documents and tools need.
public struct MessageDeclaration: Sendable {
    public let name: String
    public let topic: Topic
    public let summary: String
    /// The payload's Swift type, for schemas.
    public let payload: any (Codable & Sendable).Type

    public init<Payload>(_ type: MessageType<Payload>) {
        name = type.name
        topic = type.topic
        summary = type.summary
        payload = Payload.self
    }
}

/// How payloads are written: JSON, keys as the type declares them, in sorted order so that equal values give equal bytes.
///
/// Coders of our own: under load Foundation's cost a sixth of the processor. The text is the same; docs/decisions/0005 has the figures.
public enum PayloadCoding {
    public static func encode(_ value: some Encodable) throws -> Data { try JSONTextEncoder.encode(value) }

    /// - Throws: `DecodingError`.
    public static func decode<T: Decodable>(_ type: T.Type, from data: Data) throws -> T { try JSONTextDecoder.decode(type, from: data) }
}
