import Foundation
import Messaging
import Runtime

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Writes a message's attributes and payload as the bytes of a record. What only the writer knows (offset, append time, producer,
/// continuations, checksum) stays zero until `RecordAppender` fills it in.
enum RecordEncoder {
    /// Bytes that `message` takes, header included.
    static func size(of message: Message) -> Int {
        var attributes = message.id.utf8.count + message.source.utf8.count + message.type.utf8.count + message.subject.utf8.count
        if message.partitionKey != message.subject { attributes += message.partitionKey.utf8.count }
        if message.dataContentType != json { attributes += message.dataContentType.utf8.count }
        if let text = message.traceparent { attributes += text.utf8.count }
        if let text = message.correlationID { attributes += text.utf8.count }
        if let text = message.causationID { attributes += text.utf8.count }
        return RecordLayout.headerBytes + attributes + message.payload.count
    }

    private static let json = "application/json"

    static func encode(
        _ message: Message, partition: UInt16, keyHash: UInt64, windowed: Bool, into record: UnsafeMutableRawPointer
    ) {
        var flags = RecordFlags()
        var end = RecordLayout.headerBytes
        var lengthAt = 56
        func put(_ text: String) {
            var text = text
            let count = text.withUTF8 { bytes in
                if let source = bytes.baseAddress { memcpy(record + end, source, bytes.count) }
                return bytes.count
            }
            record.store(UInt16(truncatingIfNeeded: count), at: lengthAt)
            lengthAt += 2
            end += count
        }
        func putEmpty() {
            record.store(UInt16(0), at: lengthAt)
            lengthAt += 2
        }
        func put(_ text: String?, _ flag: RecordFlags) {
            guard let text else { return putEmpty() }
            flags.insert(flag)
            put(text)
        }
        put(message.id)
        put(message.source)
        put(message.type)
        put(message.subject)
        if message.partitionKey == message.subject {
            flags.insert(.keyIsSubject)
            putEmpty()
        } else {
            put(message.partitionKey)
        }
        if message.dataContentType == json {
            flags.insert(.json)
            putEmpty()
        } else {
            put(message.dataContentType)
        }
        put(message.traceparent, .traceparent)
        put(message.correlationID, .correlationID)
        put(message.causationID, .causationID)
        record.store(UInt16(0), at: 74)
        let payload = message.payload.count
        message.payload.withUnsafeBytes { bytes in
            if let source = bytes.baseAddress { memcpy(record + end, source, bytes.count) }
        }
        if windowed { flags.insert(.messageID) }
        record.store(UInt32(0), at: 0)
        record.store(RecordLayout.kindMessage, at: 4)
        record.store(flags.rawValue, at: 5)
        record.store(partition, at: 6)
        record.store(UInt64(0), at: 8)
        record.store(Int64(0), at: 16)
        record.store(keyHash, at: 24)
        record.store(UInt64(0), at: 32)
        record.store(RecordLayout.noProducer, at: 40)
        record.store(UInt16(0), at: 42)
        record.store(UInt32(truncatingIfNeeded: payload), at: 44)
        record.store(message.time.microseconds, at: 48)
    }
}
