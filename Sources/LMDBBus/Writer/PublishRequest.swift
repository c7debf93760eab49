import Messaging
import Runtime

/// One call of `publish`: its messages, encoded by the caller so that the writer only fills in what the caller cannot know.
///
/// The buffer holds for each message a prefix of `prefixBytes` and the record, padded to eight bytes:
///
///      0  4  record's length
///      4  2  partition id
///      6  1  1 when it was left out as a duplicate (set by the writer)
///      8  8  high half of the message identifier's hash
///     16  8  low half
///     24  …  record (RecordLayout)
final class PublishRequest: @unchecked Sendable {
    // Unchecked: belongs to the caller until it is enqueued, then to the writer until its continuation is resumed.
    static let prefixBytes = 24
    let count: Int
    let bytes: Int
    let producer: String?
    let sequences: [UInt64]
    let windowed: Bool
    let buffer: UnsafeMutableRawPointer
    var continuation: UnsafeContinuation<Void, any Error>?

    init(_ batch: [Message], _ idempotence: Idempotence, _ catalogue: Catalogue) throws {
        count = batch.count
        switch idempotence {
        case .none: (producer, sequences, windowed) = (nil, [], false)
        case .messageID: (producer, sequences, windowed) = (nil, [], true)
        case .sequence(let name, let numbers):
            precondition(numbers.count == batch.count, "\(batch.count) messages need as many numbers, not \(numbers.count)")
            precondition(zip(numbers, numbers.dropFirst()).allSatisfy(<), "a producer's numbers ascend")
            (producer, sequences, windowed) = (name, numbers, false)
        }
        var total = 0
        for message in batch {
            try message.requireWithinLimits()
            total += Self.prefixBytes + Self.padded(RecordEncoder.size(of: message))
        }
        bytes = total
        buffer = .allocate(byteCount: max(total, 8), alignment: 8)
        var at = buffer
        var topic: Catalogue.Entry?
        for message in batch {
            if topic == nil || topic!.name != message.topic {
                guard let found = catalogue.topic(message.topic) else { throw unknownTopic(message.topic, catalogue) }
                topic = found
            }
            let size = RecordEncoder.size(of: message)
            let keyHash = StableHash.of(message.partitionKey)
            let partition = topic!.firstPartition + Int(keyHash % UInt64(topic!.partitions))
            at.store(UInt32(size), at: 0)
            at.store(UInt16(partition), at: 4)
            at.store(UInt16(0), at: 6)
            if windowed {
                let id = Self.windowID(id: message.id, source: message.source)
                at.store(id.high, at: 8)
                at.store(id.low, at: 16)
            }
            RecordEncoder.encode(
                message, partition: UInt16(partition), keyHash: keyHash, windowed: windowed, into: at + Self.prefixBytes)
            at += Self.prefixBytes + Self.padded(size)
        }
    }

    deinit { buffer.deallocate() }

    static func windowID(id: String, source: String) -> MessageIDWindow.ID {
        let sourceHash = StableHash.of(source)
        return MessageIDWindow.ID(high: StableHash.of(id, seed: sourceHash), low: StableHash.of(id, seed: ~sourceHash))
    }

    static func windowID(id: UnsafeRawBufferPointer, source: UnsafeRawBufferPointer) -> MessageIDWindow.ID {
        let sourceHash = StableHash.of(source)
        return MessageIDWindow.ID(high: StableHash.of(id, seed: sourceHash), low: StableHash.of(id, seed: ~sourceHash))
    }

    @inline(__always)
    static func padded(_ count: Int) -> Int { (count + 7) & ~7 }

    /// Calls `body` with each message's prefix, record and record length.
    @inline(__always)
    func forEach(
        _ body: (_ index: Int, _ prefix: UnsafeMutableRawPointer, _ record: UnsafeMutableRawPointer, _ count: Int) throws -> Void
    ) rethrows {
        var at = buffer
        for index in 0..<count {
            let size = Int(at.load(as: UInt32.self).littleEndian)
            try body(index, at, at + Self.prefixBytes, size)
            at += Self.prefixBytes + Self.padded(size)
        }
    }

    /// Where the messages are, once the writer has answered.
    func positions(in batch: [Message], _ catalogue: Catalogue) -> [Position?] {
        var positions = [Position?]()
        positions.reserveCapacity(count)
        forEach { index, prefix, record, _ in
            if prefix.load(fromByteOffset: 6, as: UInt8.self) == 1 { return positions.append(nil) }
            let partition = Int(UInt16(littleEndian: prefix.load(fromByteOffset: 4, as: UInt16.self)))
            let topic = catalogue.topic(ofPartition: partition)
            let offset = UInt64(littleEndian: record.load(fromByteOffset: 8, as: UInt64.self))
            positions.append(Position(topic: topic.name, partition: partition - topic.firstPartition, offset: offset))
        }
        return positions
    }
}

private func unknownTopic(_ name: String, _ catalogue: Catalogue) -> BusError {
    BusError(.unknownTopic, topic: name, "there is no topic \(name): declare it before publishing; nothing of the batch was appended")
}
