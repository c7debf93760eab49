import Runtime

// A message in the log. Integers are little-endian. docs/formats/lmdb-log.md says the same in prose.
//
//  offset size
//       0    4  checksum: low 32 bits of XXH64, seed 0, over the rest of this value
//       4    1  kind: 1 message, 2 continuation
//       5    1  flags, see RecordFlags
//       6    2  partition id: index into the catalogue
//       8    8  offset within the partition
//      16    8  append time, microseconds since 1970
//      24    8  XXH64 of the partition key
//      32    8  producer's sequence number, 0 without
//      40    2  producer id, 0xFFFF without
//      42    2  number of continuation values that follow at the next positions
//      44    4  payload length
//      48    8  time of the message, microseconds since 1970
//      56  9×2  lengths of id, source, type, subject, partition key, content type, traceparent, correlation ID, causation ID
//      74    2  zero
//      76    …  those nine texts (UTF-8) and the payload, without gaps
//
// A value has at most `valueBytesMax` bytes; what does not fit continues at the next positions:
//
//       0    4  checksum, as above
//       4    1  kind: 2
//       5    1  zero
//       6    2  number of this continuation, from 1
//       8    8  position of the message
//      16    …  bytes
//
// Valid: the checksum of every value is right, kind and numbers are as expected, and the lengths add up to what is there.
enum RecordLayout {
    static let headerBytes = 76
    static let continuationHeaderBytes = 16
    /// Two values fit on a page of 4 KiB; larger ones would go to overflow pages, which slow down dropping a segment.
    static let valueBytesMax = 1_984
    static let noProducer: UInt16 = 0xFFFF
    static let kindMessage: UInt8 = 1
    static let kindContinuation: UInt8 = 2
    /// In a segment's list of partition ids: this position holds a continuation, or a record that could not be read.
    static let notAMessage: UInt16 = 0xFFFF

    /// Positions that a message of `count` encoded bytes takes.
    static func positions(forBytes count: Int) -> Int {
        if count <= valueBytesMax { return 1 }
        let piece = valueBytesMax - continuationHeaderBytes
        return 1 + (count - valueBytesMax + piece - 1) / piece
    }

    @inline(__always)
    static func checksum(_ value: UnsafeRawBufferPointer) -> UInt32 {
        UInt32(truncatingIfNeeded: StableHash.of(UnsafeRawBufferPointer(rebasing: value[4...])))
    }

    static func isIntact(_ value: UnsafeRawBufferPointer) -> Bool {
        value.count >= continuationHeaderBytes && value.integer(at: 0, as: UInt32.self) == checksum(value)
    }
}

struct RecordFlags: OptionSet {
    let rawValue: UInt8
    static let traceparent = RecordFlags(rawValue: 1 << 0)
    static let correlationID = RecordFlags(rawValue: 1 << 1)
    static let causationID = RecordFlags(rawValue: 1 << 2)
    /// Published with `Idempotence.messageID`: belongs to the window.
    static let messageID = RecordFlags(rawValue: 1 << 3)
    /// The content type is `application/json` and not stored.
    static let json = RecordFlags(rawValue: 1 << 4)
    /// The partition key equals the subject and is not stored.
    static let keyIsSubject = RecordFlags(rawValue: 1 << 5)
}

extension UnsafeRawBufferPointer {
    @inline(__always)
    func integer<T: FixedWidthInteger>(at offset: Int, as type: T.Type) -> T {
        T(littleEndian: loadUnaligned(fromByteOffset: offset, as: T.self))
    }
}

extension UnsafeMutableRawPointer {
    @inline(__always)
    func store<T: FixedWidthInteger>(_ value: T, at offset: Int) {
        storeBytes(of: value.littleEndian, toByteOffset: offset, as: T.self)
    }
}

/// The fields of a record's header that the log itself needs.
struct RecordHeader {
    let flags: RecordFlags
    let partition: UInt16
    let offset: UInt64
    let appended: Timestamp
    let keyHash: UInt64
    let sequence: UInt64
    let producer: UInt16
    let continuations: Int

    /// Reads the first value of a message, intact or not; nil when it is too short or is not the first value of a message.
    init?(_ value: UnsafeRawBufferPointer) {
        guard value.count >= RecordLayout.headerBytes, value[4] == RecordLayout.kindMessage else { return nil }
        flags = RecordFlags(rawValue: value[5])
        partition = value.integer(at: 6, as: UInt16.self)
        offset = value.integer(at: 8, as: UInt64.self)
        appended = Timestamp(microseconds: value.integer(at: 16, as: Int64.self))
        keyHash = value.integer(at: 24, as: UInt64.self)
        sequence = value.integer(at: 32, as: UInt64.self)
        producer = value.integer(at: 40, as: UInt16.self)
        continuations = Int(value.integer(at: 42, as: UInt16.self))
    }
}
