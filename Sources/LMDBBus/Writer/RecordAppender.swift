import CLMDB
import Messaging
import Runtime

/// The growing end of the log: gives records their offset and position and appends them, in the writer's transaction.
///
/// What a transaction has appended is in `staged` until the commit; `abandon` forgets it, and the end is where it was.
final class RecordAppender {
    /// Everything that says where the log ends. A value, so that a transaction that fails goes back to the one before.
    struct End {
        var position: UInt64 = 0
        /// By partition id: the next offset.
        var next = [UInt64]()
        /// By producer id: the lowest sequence number that is new, one above the last.
        var sequences = [UInt64]()
        var segment: Segment?
        var segmentPositions = 0
        var firstAppend = Timestamp.epoch
        var lastAppend = Timestamp.epoch
        var windowedCount = 0
    }

    struct Staged {
        /// Segments that got records, and which of them are new.
        var segments = [(segment: Segment, isNew: Bool)]()
        /// Rows of segments that became full.
        var sealed = [(segment: Segment, row: SegmentRow)]()
        var appends = [(segment: UInt16, partition: UInt16, position: UInt16)]()
        var windowIDs = Set<MessageIDWindow.ID>()
        var windowOrder = [MessageIDWindow.ID]()
        var newProducers = [String]()
        var messages = 0
        var duplicates = 0
    }

    private(set) var end = End()
    private var start = End()
    private(set) var staged = Staged()
    /// Partition id of each position of the tail segment.
    private var tailIDs = [UInt16]()
    private var startIDs: [UInt16]?
    private var startIDCount = 0
    private(set) var producers = [String: UInt16]()
    private(set) var window: MessageIDWindow
    private let segmentMessages: Int
    private let databases: LogDatabases
    private var cursor: LMDBCursor?
    private var scratch = [UInt8](repeating: 0, count: RecordLayout.valueBytesMax)

    init(databases: LogDatabases, segmentMessages: Int, window: MessageIDWindow) {
        self.databases = databases
        self.segmentMessages = segmentMessages
        self.window = window
    }

    /// Sets where the log ends, at open.
    func restore(_ end: End, tailIDs: [UInt16], producers: [String: UInt16], window: MessageIDWindow) {
        self.end = end
        self.tailIDs = tailIDs
        self.producers = producers
        self.window = window
    }

    func addPartitions(upTo count: Int) {
        while end.next.count < count { end.next.append(0) }
    }

    /// The highest sequence number that is in the log; nil when the producer has none.
    func lastNumber(of producer: String) -> UInt64? {
        guard let id = producers[producer], end.sequences[Int(id)] > 0 else { return nil }
        return end.sequences[Int(id)] - 1
    }

    // MARK: A transaction

    func begin() {
        start = end
        startIDs = nil
        startIDCount = tailIDs.count
        cursor = nil
        staged.segments.removeAll(keepingCapacity: true)
        staged.sealed.removeAll(keepingCapacity: true)
        staged.appends.removeAll(keepingCapacity: true)
        if !staged.windowOrder.isEmpty {
            staged.windowIDs.removeAll(keepingCapacity: true)
            staged.windowOrder.removeAll(keepingCapacity: true)
        }
        staged.newProducers.removeAll()
        staged.messages = 0
        staged.duplicates = 0
    }

    /// The transaction has failed: the end is where it was.
    func abandon() {
        end = start
        if let startIDs { tailIDs = startIDs }
        tailIDs.removeLast(max(0, tailIDs.count - startIDCount))
        for name in staged.newProducers { producers[name] = nil }
    }

    /// The transaction has committed.
    func settle() {
        for id in staged.windowOrder { window.insert(id) }
    }

    func append(_ request: PublishRequest, _ transaction: LMDBTransaction, now: Timestamp) throws {
        let producer = try request.producer.map { try producerID($0, transaction) }
        try request.forEach { index, prefix, record, count in
            var sequence: UInt64 = 0
            if let producer {
                sequence = request.sequences[index]
                if sequence < end.sequences[Int(producer)], !seeded("bus.appends-duplicates") { return leaveOut(prefix) }
                end.sequences[Int(producer)] = sequence &+ 1
            } else if request.windowed {
                let id = MessageIDWindow.ID(
                    high: UInt64(littleEndian: prefix.load(fromByteOffset: 8, as: UInt64.self)),
                    low: UInt64(littleEndian: prefix.load(fromByteOffset: 16, as: UInt64.self)))
                if window.contains(id) || staged.windowIDs.contains(id) { return leaveOut(prefix) }
                staged.windowIDs.insert(id)
                staged.windowOrder.append(id)
            }
            let partition = UInt16(littleEndian: prefix.load(fromByteOffset: 4, as: UInt16.self))
            record.store(sequence, at: 32)
            record.store(producer ?? RecordLayout.noProducer, at: 40)
            try append(record, count, partition: partition, transaction, now: now)
            if request.windowed { end.windowedCount += 1 }
            staged.messages += 1
        }
    }

    private func leaveOut(_ prefix: UnsafeMutableRawPointer) {
        prefix.store(UInt8(1), at: 6)
        staged.duplicates += 1
    }

    private func append(
        _ record: UnsafeMutableRawPointer, _ count: Int, partition: UInt16, _ transaction: LMDBTransaction, now: Timestamp
    ) throws {
        let positions = RecordLayout.positions(forBytes: count)
        if end.segment == nil || end.segmentPositions > 0 && end.segmentPositions + positions > segmentMessages {
            try startSegment(transaction, now: now)
        }
        if cursor == nil {
            cursor = try LMDBCursor(transaction, end.segment!.database)
            if staged.segments.last?.segment !== end.segment { staged.segments.append((end.segment!, false)) }
        }
        let offset = end.next[Int(partition)]
        end.next[Int(partition)] = offset + 1
        record.store(offset, at: 8)
        record.store(now.microseconds, at: 16)
        record.store(UInt16(positions - 1), at: 42)
        let first = end.position
        let head = UnsafeRawBufferPointer(start: record, count: min(count, RecordLayout.valueBytesMax))
        record.store(RecordLayout.checksum(head), at: 0)
        try cursor!.append(key: first, head)
        if positions > 1 { try appendContinuations(of: record, count, first: first) }
        staged.appends.append((UInt16(staged.segments.count - 1), partition, UInt16(end.segmentPositions)))
        tailIDs.append(partition)
        for _ in 1..<positions { tailIDs.append(RecordLayout.notAMessage) }
        if end.segmentPositions == 0 { end.firstAppend = now }
        end.lastAppend = now
        end.segmentPositions += positions
        end.position += UInt64(positions)
    }

    private func appendContinuations(of record: UnsafeMutableRawPointer, _ count: Int, first: UInt64) throws {
        let header = RecordLayout.continuationHeaderBytes
        var done = RecordLayout.valueBytesMax
        var number: UInt16 = 1
        try scratch.withUnsafeMutableBytes { value in
            let base = value.baseAddress!
            while done < count {
                let piece = min(RecordLayout.valueBytesMax - header, count - done)
                base.store(RecordLayout.kindContinuation, at: 4)
                base.store(UInt8(0), at: 5)
                base.store(number, at: 6)
                base.store(first, at: 8)
                (base + header).copyMemory(from: record + done, byteCount: piece)
                let whole = UnsafeRawBufferPointer(start: base, count: header + piece)
                base.store(RecordLayout.checksum(whole), at: 0)
                try cursor!.append(key: first + UInt64(number), whole)
                done += piece
                number += 1
            }
        }
    }

    /// Seals the tail, when there is one, and makes the next segment.
    func startSegment(_ transaction: LMDBTransaction, now: Timestamp) throws {
        if let tail = end.segment {
            var row = SegmentRow(baseOffsets: tail.slices.map(\.firstOffset), producerSequences: [])
            row.isSealed = true
            row.firstAppend = end.firstAppend
            row.lastAppend = end.lastAppend
            row.windowedCount = end.windowedCount
            row.pages = try transaction.pages(tail.database)
            row.partitionIDs = tailIDs
            try transaction.put(databases.segments, key: tail.first, row.encoded())
            row.partitionIDs = []
            staged.sealed.append((tail, row))
        }
        if startIDs == nil { startIDs = tailIDs }
        tailIDs = []
        let database = try transaction.open(Segment.name(first: end.position), create: true, integerKeys: true)
        let segment = Segment(first: end.position, database: database, baseOffsets: end.next)
        try transaction.put(
            databases.segments, key: segment.first,
            SegmentRow(baseOffsets: end.next, producerSequences: end.sequences).encoded())
        end.segment = segment
        end.segmentPositions = 0
        end.windowedCount = 0
        end.firstAppend = now
        end.lastAppend = now
        staged.segments.append((segment, true))
        cursor = try LMDBCursor(transaction, database)
    }

    /// Row in `catalogue`, key `p/<producer>`: u16 id.
    private func producerID(_ name: String, _ transaction: LMDBTransaction) throws -> UInt16 {
        if let id = producers[name] { return id }
        let id = UInt16(end.sequences.count)
        var row = RowWriter()
        row.put(id)
        try transaction.put(databases.catalogue, key: Array("p/\(name)".utf8), row.bytes)
        producers[name] = id
        end.sequences.append(0)
        staged.newProducers.append(name)
        return id
    }
}
