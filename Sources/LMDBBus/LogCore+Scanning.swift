import Messaging

/// Reading a partition from end to end, in place.
extension LogCore {
    /// Calls `body` with each message from `offset` on until it returns false; all bytes of the message live until it returns. Nil from it
    /// means that the lengths inside do not add up.
    ///
    /// Reads a segment at a time: an open read transaction keeps the pages of its moment from being used again.
    /// - Throws: ``BusError`` `recordDamaged`, `unknownTopic`; what `body` throws.
    func scan(
        topic name: String, partition: Int, from offset: UInt64, _ body: (UInt64, UnsafeRawBufferPointer, Reader) throws -> Bool?
    ) throws {
        var offset = offset
        while let stretch = try stretch(topic: name, partition: partition, from: offset) {
            defer { state.lock.withLock { stretch.segment.readers -= 1 } }
            offset = stretch.offset
            let isEnough = try read { reader in
                let cursor = try reader.cursor(in: stretch.segment.database)
                var previous: UInt16?
                for place in stretch.positions {
                    let position = stretch.segment.first + UInt64(place)
                    let isNext = previous.map { $0 &+ 1 == place } ?? false
                    previous = place
                    switch try RecordReader.read(cursor, at: position, isNext: isNext, { _, bytes in try body(offset, bytes, reader) }) {
                    case .intact(true): offset += 1
                    case .intact(false): return true
                    case .damaged(let reason, _):
                        throw Self.damaged(Position(topic: name, partition: partition, offset: offset), reason)
                    }
                }
                return false
            }
            if isEnough { return }
        }
    }

    /// What of a partition lies in one segment, from an offset on. The segment is not dropped until its `readers` are given back.
    private struct Stretch {
        let segment: Segment
        let offset: UInt64
        let positions: ArraySlice<UInt16>
    }

    /// Nil at the partition's end.
    private func stretch(topic name: String, partition: Int, from offset: UInt64) throws -> Stretch? {
        try state.lock.withLock {
            let topic = try state.catalogue.require(name)
            guard (0..<topic.partitions).contains(partition) else {
                throw BusError(.unknownTopic, topic: name, "partition \(partition) does not exist: the topic has \(topic.partitions)")
            }
            let id = topic.firstPartition + partition
            let from = max(offset, state.index.oldest(id))
            guard let (segment, index) = state.index.locate(id, from) else { return nil }
            segment.readers += 1
            return Stretch(segment: segment, offset: from, positions: segment.slices[id].positions[index...])
        }
    }

    private static func damaged(_ position: Position, _ reason: String) -> BusError {
        BusError(
            .recordDamaged, topic: position.topic,
            "\(position.text) cannot be read: \(reason). Consumers move past it and keep it as a dead letter; browse from \(position.offset + 1)"
        )
    }
}
