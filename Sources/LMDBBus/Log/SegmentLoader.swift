import CLMDB
import Messaging
import Runtime

/// Rebuilds at open what is in memory only: the index, the producers' sequences, the window of message identifiers.
///
/// Sealed segments come from their row (2 bytes a message); the tail is read record by record.
struct SegmentLoader {
    private let transaction: LMDBTransaction
    private let databases: LogDatabases
    private let state: LogState
    private let options: LogOptions

    init(_ transaction: LMDBTransaction, _ databases: LogDatabases, _ state: LogState, _ options: LogOptions) {
        self.transaction = transaction
        self.databases = databases
        self.state = state
        self.options = options
    }

    func load(into appender: RecordAppender, producers: [String: UInt16]) throws {
        var rows = [(first: UInt64, row: SegmentRow?)]()
        try transaction.forEach(databases.segments) { key, value in
            rows.append((key.integer(at: 0, as: UInt64.self), SegmentRow(value)))
            return true
        }
        var end = RecordAppender.End()
        end.sequences = [UInt64](repeating: 0, count: producers.count)
        var tailIDs = [UInt16]()
        for (number, (first, row)) in rows.enumerated() {
            let isTail = number == rows.count - 1
            let database = try transaction.open(Segment.name(first: first), create: false, integerKeys: true)
            // A row that cannot be read is replaced by what the segments before it and the records say.
            let segment = Segment(first: first, database: database, baseOffsets: row?.baseOffsets ?? state.index.next)
            if !isTail, let row, row.isSealed {
                fill(segment, from: row)
            } else {
                for (producer, sequence) in (row?.producerSequences ?? []).enumerated() where producer < end.sequences.count {
                    end.sequences[producer] = max(end.sequences[producer], sequence)
                }
                tailIDs = try scan(segment, &end)
                if !isTail {
                    segment.isSealed = true
                    segment.pages = try transaction.pages(database)
                    state.sealedPages += segment.pages
                }
            }
            state.index.add(segment)
            if isTail {
                end.segment = segment
                end.position = first + UInt64(segment.positionCount)
                end.segmentPositions = segment.positionCount
                end.firstAppend = segment.firstAppend
                end.lastAppend = segment.lastAppend
                end.windowedCount = segment.windowedCount
            }
        }
        // Offsets that groups have used are never given out again, even when the records are gone.
        end.next = state.index.next
        appender.restore(end, tailIDs: tailIDs, producers: producers, window: try loadWindow())
    }

    private func fill(_ segment: Segment, from row: SegmentRow) {
        for (position, id) in row.partitionIDs.enumerated() where id != RecordLayout.notAMessage {
            segment.append(partition: Int(id), position: UInt16(position))
        }
        segment.trim()
        segment.positionCount = row.partitionIDs.count
        segment.isSealed = true
        segment.firstAppend = row.firstAppend
        segment.lastAppend = row.lastAppend
        segment.windowedCount = row.windowedCount
        segment.pages = row.pages
        state.sealedPages += row.pages
    }

    /// Reads all records of a segment.
    ///
    /// A record with a wrong checksum keeps its place: its header is believed when partition and offset are the expected ones;
    /// otherwise the gap it leaves in its partition is found at that partition's next record.
    /// - Returns: the partition id of each position.
    private func scan(_ segment: Segment, _ end: inout RecordAppender.End) throws -> [UInt16] {
        var ids = [UInt16]()
        var unclaimed = [UInt16]()
        let partitions = state.catalogue.partitionCount
        let cursor = try LMDBCursor(transaction, segment.database)
        defer { cursor.close() }
        var row = try cursor.first()
        while let (key, value) = row {
            row = nil
            let position = UInt16(truncatingIfNeeded: key.integer(at: 0, as: UInt64.self) - segment.first)
            while ids.count <= Int(position) { ids.append(RecordLayout.notAMessage) }
            if value.count > 4, value[4] == RecordLayout.kindContinuation {
                row = try cursor.next()
                continue
            }
            guard let header = RecordHeader(value), Int(header.partition) < partitions else {
                unclaimed.append(position)
                row = try cursor.next()
                continue
            }
            let partition = Int(header.partition)
            let isIntact = RecordLayout.isIntact(value)
            var expected = segment.endOffset(partition)
            if !isIntact, header.offset != expected {
                unclaimed.append(position)
                row = try cursor.next()
                continue
            }
            while expected < header.offset, !unclaimed.isEmpty {
                let lost = unclaimed.removeFirst()
                segment.append(partition: partition, position: lost)
                ids[Int(lost)] = header.partition
                expected += 1
            }
            if expected < header.offset { segment.raiseFirstOffset(partition: partition, to: header.offset) }
            segment.append(partition: partition, position: position)
            ids[Int(position)] = header.partition
            if isIntact {
                if segment.firstAppend == .epoch { segment.firstAppend = header.appended }
                segment.lastAppend = max(segment.lastAppend, header.appended)
                if header.flags.contains(.messageID) { segment.windowedCount += 1 }
                if Int(header.producer) < end.sequences.count, !seeded("bus.numbers-forgotten-at-restart") {
                    end.sequences[Int(header.producer)] = max(end.sequences[Int(header.producer)], header.sequence &+ 1)
                }
            }
            row = try cursor.next()
        }
        segment.positionCount = ids.count
        return ids
    }

    /// The newest messages published by message identifier, oldest first. Segments without any are not read.
    private func loadWindow() throws -> MessageIDWindow {
        var window = MessageIDWindow(capacity: options.messageIDWindow)
        var found = 0
        var from = state.index.segments.count
        while from > 0, found < options.messageIDWindow {
            from -= 1
            found += state.index.segments[from].windowedCount
        }
        for segment in state.index.segments[from...] where segment.windowedCount > 0 {
            try transaction.forEach(segment.database) { _, value in
                guard let header = RecordHeader(value), header.flags.contains(.messageID), RecordLayout.isIntact(value) else { return true }
                let idCount = Int(value.integer(at: 56, as: UInt16.self))
                let sourceCount = Int(value.integer(at: 58, as: UInt16.self))
                let start = RecordLayout.headerBytes
                // Attributes can reach beyond the first value of a chunked record: then its identifier is not remembered.
                guard start + idCount + sourceCount <= value.count else { return true }
                let id = UnsafeRawBufferPointer(rebasing: value[start..<start + idCount])
                let source = UnsafeRawBufferPointer(rebasing: value[start + idCount..<start + idCount + sourceCount])
                window.insert(PublishRequest.windowID(id: id, source: source))
                return true
            }
        }
        return window
    }
}
