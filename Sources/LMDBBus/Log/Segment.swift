import CLMDB
import Runtime

/// A stretch of the log: one LMDB database of up to `LogOptions.segmentMessages` positions, dropped as a whole by retention.
///
/// The index of its messages, partition and offset to position, is in memory only: 2 bytes a message. It is rebuilt at open, from
/// the list of partition ids in the segment's row when the segment is sealed, from the records when it is not.
///
/// Guarded by the lock of `LogState`, except for the constants.
final class Segment: @unchecked Sendable {
    struct Slice {
        /// Offset of the partition's first message in this segment, or of its next message when it has none here.
        var firstOffset: UInt64
        /// Position within the segment of each of the partition's messages.
        var positions: [UInt16] = []
        var endOffset: UInt64 { firstOffset + UInt64(positions.count) }
    }

    let first: UInt64
    var database: MDB_dbi
    /// By partition id; shorter than the catalogue when partitions were declared later.
    private(set) var slices: [Slice]
    var positionCount = 0
    var isSealed = false
    var firstAppend = Timestamp.epoch
    var lastAppend = Timestamp.epoch
    /// Messages that belong to the window of message identifiers.
    var windowedCount = 0
    var pages = 0
    /// Reads at work outside the lock; a segment with readers is not dropped.
    var readers = 0
    /// Retention has begun to drop it; nobody starts to read.
    var isDropping = false

    init(first: UInt64, database: MDB_dbi, baseOffsets: [UInt64]) {
        self.first = first
        self.database = database
        slices = baseOffsets.map { Slice(firstOffset: $0) }
    }

    static func name(first: UInt64) -> String {
        let digits = String(first, radix: 16)
        return "s" + String(repeating: "0", count: 16 - digits.count) + digits
    }

    func append(partition: Int, position: UInt16) {
        while slices.count <= partition { slices.append(Slice(firstOffset: 0)) }
        slices[partition].positions.append(position)
    }

    /// A partition whose first record here could not be read begins at the offset that the next readable one proves.
    func raiseFirstOffset(partition: Int, to offset: UInt64) {
        while slices.count <= partition { slices.append(Slice(firstOffset: 0)) }
        if slices[partition].positions.isEmpty { slices[partition].firstOffset = offset }
    }

    func firstOffset(_ partition: Int) -> UInt64 { partition < slices.count ? slices[partition].firstOffset : 0 }
    func endOffset(_ partition: Int) -> UInt64 { partition < slices.count ? slices[partition].endOffset : 0 }

    /// Gives back what growing arrays reserved beyond their contents.
    func trim() {
        for index in slices.indices where slices[index].positions.capacity > slices[index].positions.count + 16 {
            let exact = slices[index].positions
            slices[index].positions = exact.withUnsafeBufferPointer { Array($0) }
        }
    }
}

/// The row of a segment in the database `segments`, under its first position.
///
///     u32  checksum: low 32 bits of XXH64 over the rest
///     u8   0 open, 1 sealed
///     i64  append time of the first record, i64 of the last      (0 while open)
///     u32  messages of the message-ID window                     (0 while open)
///     u32  pages                                                 (0 while open)
///     u16  P, then P × u64: the partitions' next offsets when the segment began
///     u16  N, then N × u64: one above the producers' last sequence numbers when the segment began
///     u32  C, then C × u16: partition id of each position, 0xFFFF for continuations    (0 while open)
struct SegmentRow {
    var isSealed = false
    var firstAppend = Timestamp.epoch
    var lastAppend = Timestamp.epoch
    var windowedCount = 0
    var pages = 0
    var baseOffsets: [UInt64]
    var producerSequences: [UInt64]
    var partitionIDs: [UInt16] = []

    func encoded() -> [UInt8] {
        var row = RowWriter()
        row.put(UInt8(isSealed ? 1 : 0))
        row.put(firstAppend.microseconds)
        row.put(lastAppend.microseconds)
        row.put(UInt32(windowedCount))
        row.put(UInt32(pages))
        row.put(UInt16(baseOffsets.count))
        for offset in baseOffsets { row.put(offset) }
        row.put(UInt16(producerSequences.count))
        for sequence in producerSequences { row.put(sequence) }
        row.put(UInt32(partitionIDs.count))
        for id in partitionIDs { row.put(id) }
        let checksum = row.bytes.withUnsafeBytes { UInt32(truncatingIfNeeded: StableHash.of($0)) }
        var whole = RowWriter()
        whole.put(checksum)
        return whole.bytes + row.bytes
    }

    init(baseOffsets: [UInt64], producerSequences: [UInt64]) {
        self.baseOffsets = baseOffsets
        self.producerSequences = producerSequences
    }

    /// Nil when the row is damaged.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var row = RowReader(bytes)
        guard let checksum = row.integer(UInt32.self), checksum == UInt32(truncatingIfNeeded: StableHash.of(row.rest)),
            let state = row.integer(UInt8.self), let firstAppend = row.integer(Int64.self), let lastAppend = row.integer(Int64.self),
            let windowed = row.integer(UInt32.self), let pages = row.integer(UInt32.self), let partitions = row.integer(UInt16.self)
        else { return nil }
        baseOffsets = []
        for _ in 0..<partitions {
            guard let offset = row.integer(UInt64.self) else { return nil }
            baseOffsets.append(offset)
        }
        guard let producers = row.integer(UInt16.self) else { return nil }
        producerSequences = []
        for _ in 0..<producers {
            guard let sequence = row.integer(UInt64.self) else { return nil }
            producerSequences.append(sequence)
        }
        guard let count = row.integer(UInt32.self), row.rest.count == Int(count) * 2 else { return nil }
        let rest = row.rest
        partitionIDs = (0..<Int(count)).map { rest.integer(at: $0 * 2, as: UInt16.self) }
        isSealed = state == 1
        self.firstAppend = Timestamp(microseconds: firstAppend)
        self.lastAppend = Timestamp(microseconds: lastAppend)
        windowedCount = Int(windowed)
        self.pages = Int(pages)
    }
}
