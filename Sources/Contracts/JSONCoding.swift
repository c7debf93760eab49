import Foundation
import Messaging

/// The one way JSON is written and read over HTTP: the same coders as for messages, so property names as declared, keys sorted so that
/// equal values give equal bytes.
public enum JSONCoding {
    public static func encode(_ value: some Encodable) throws -> Data { try PayloadCoding.encode(value) }

    /// - Throws: `DecodingError`.
    public static func decode<T: Decodable>(_ type: T.Type, from data: Data) throws -> T { try PayloadCoding.decode(type, from: data) }
}
