/// Where every message is: the segments, oldest first, and what each partition holds. Guarded by the lock of `LogState`.
struct LogIndex {
    private(set) var segments = [Segment]()
    /// By partition id: offset that the next message gets.
    private(set) var next = [UInt64]()

    /// Partitions are known from here on; those declared earlier keep what they have.
    mutating func addPartitions(upTo count: Int) {
        while next.count < count { next.append(0) }
    }

    mutating func add(_ segment: Segment) {
        segments.append(segment)
        for partition in segment.slices.indices where partition < next.count {
            next[partition] = max(next[partition], segment.endOffset(partition))
        }
    }

    mutating func append(_ segment: Segment, partition: Int, position: UInt16) {
        segment.append(partition: partition, position: position)
        // A later segment of the same transaction may have been added before.
        next[partition] = max(next[partition], segment.endOffset(partition))
    }

    mutating func removeFirst() { segments.removeFirst() }

    /// Offset of the oldest message kept; equals `next` when there is none.
    func oldest(_ partition: Int) -> UInt64 {
        for segment in segments where !segment.isDropping {
            guard partition < segment.slices.count else { continue }
            return segment.firstOffset(partition)
        }
        // Every segment that knows the partition is gone, or none has been written yet.
        return next[partition]
    }

    /// The segment that holds `offset`, and the index of the message in the partition's slice.
    func locate(_ partition: Int, _ offset: UInt64) -> (segment: Segment, index: Int)? {
        guard partition < next.count, offset < next[partition] else { return nil }
        var low = 0
        var high = segments.count
        // First segment whose slice ends after the offset.
        while low < high {
            let middle = (low + high) / 2
            if segments[middle].endOffset(partition) > offset { high = middle } else { low = middle + 1 }
        }
        guard low < segments.count, !segments[low].isDropping, segments[low].firstOffset(partition) <= offset else { return nil }
        return (segments[low], Int(offset - segments[low].firstOffset(partition)))
    }

    /// The first offset from `offset` on that a segment holds: beyond a gap, where the row of a segment is damaged.
    func firstKept(_ partition: Int, from offset: UInt64) -> UInt64 {
        for segment in segments where !segment.isDropping && segment.endOffset(partition) > offset {
            return max(offset, segment.firstOffset(partition))
        }
        return next[partition]
    }
}
