import Foundation
import Messaging
import Runtime

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Reads messages back from records. Bytes are copied out: nothing refers to the map afterwards.
enum RecordDecoder {
    /// - Parameter record: all bytes of the message, continuations joined.
    /// - Returns: nil when the lengths do not add up.
    static func message(_ record: UnsafeRawBufferPointer, topic: String, strings: StringCache) -> Message? {
        guard record.count >= RecordLayout.headerBytes else { return nil }
        let flags = RecordFlags(rawValue: record[5])
        guard let payload = payload(record) else { return nil }
        var end = RecordLayout.headerBytes
        var lengthAt = 56
        func take() -> UnsafeRawBufferPointer {
            let count = Int(record.integer(at: lengthAt, as: UInt16.self))
            lengthAt += 2
            defer { end += count }
            return UnsafeRawBufferPointer(rebasing: record[end..<end + count])
        }
        func text() -> String { String(decoding: take(), as: UTF8.self) }
        func text(_ flag: RecordFlags) -> String? {
            let bytes = take()
            return flags.contains(flag) ? String(decoding: bytes, as: UTF8.self) : nil
        }
        let id = text()
        let source = strings.string(take())
        let type = strings.string(take())
        let subject = text()
        let storedKey = take()
        let contentType = take()
        let traceparent = text(.traceparent)
        let correlationID = text(.correlationID)
        let causationID = text(.causationID)
        return Message(
            id: id, source: source, type: type, subject: subject,
            time: Timestamp(microseconds: record.integer(at: 48, as: Int64.self)), topic: topic,
            partitionKey: flags.contains(.keyIsSubject) ? subject : String(decoding: storedKey, as: UTF8.self),
            dataContentType: flags.contains(.json) ? "application/json" : strings.string(contentType),
            traceparent: traceparent, correlationID: correlationID, causationID: causationID, payload: Data(payload))
    }

    /// The payload, where it lies.
    /// - Returns: nil when the lengths do not add up.
    static func payload(_ record: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard record.count >= RecordLayout.headerBytes else { return nil }
        let count = Int(record.integer(at: 44, as: UInt32.self))
        var start = RecordLayout.headerBytes
        var lengthAt = 56
        while lengthAt < 74 {
            start += Int(record.integer(at: lengthAt, as: UInt16.self))
            lengthAt += 2
        }
        guard start + count == record.count else { return nil }
        return UnsafeRawBufferPointer(rebasing: record[start...])
    }
}

/// Keeps one `String` for texts that come again and again, such as types and sources: 64 places, the newest text stays.
final class StringCache {
    private var places = [String](repeating: "", count: 64)

    func string(_ bytes: UnsafeRawBufferPointer) -> String {
        // Up to 15 bytes live inside the String itself.
        guard bytes.count > 15 else { return String(decoding: bytes, as: UTF8.self) }
        let last = bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self)
        let first = bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)
        let mixed = (last ^ (first &* 31) ^ UInt64(bytes.count)) &* 0x9E37_79B9_7F4A_7C15
        let place = Int(mixed >> 58)
        let isKnown = places[place].utf8.withContiguousStorageIfAvailable {
            $0.count == bytes.count && memcmp($0.baseAddress!, bytes.baseAddress!, bytes.count) == 0
        }
        if isKnown == true { return places[place] }
        let text = String(decoding: bytes, as: UTF8.self)
        places[place] = text
        return text
    }
}
