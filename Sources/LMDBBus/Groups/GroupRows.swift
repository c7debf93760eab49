import Messaging
import Runtime

/// Row in `progress`, integer key: group id << 16 | partition id.
///
///     u64 committed offset, u32 n, then n × (u64 first, u64 end) of the runs acknowledged above it, at most `runsMax`
enum ProgressRow {
    /// A row is written in each commit that carries an acknowledgement, so it stays small. What lies in later runs is delivered again
    /// after a restart.
    static let runsMax = 256

    static func key(group: UInt16, partition: Int) -> UInt64 { UInt64(group) << 16 | UInt64(partition) }

    static func encode(_ consumption: PartitionConsumption) -> [UInt8] {
        var row = RowWriter()
        let skips = seeded("bus.position-skips-the-unanswered")
        row.put(skips ? consumption.cursor : consumption.committed)
        let runs = skips ? [] : consumption.acknowledgedRuns.prefix(runsMax)
        row.put(UInt32(runs.count))
        for run in runs {
            row.put(run.lowerBound)
            row.put(run.upperBound)
        }
        return row.bytes
    }

    static func decode(_ bytes: UnsafeRawBufferPointer) -> PartitionConsumption? {
        var row = RowReader(bytes)
        guard let committed = row.integer(UInt64.self), let count = row.integer(UInt32.self) else { return nil }
        var runs = [Range<UInt64>]()
        for _ in 0..<count {
            guard let first = row.integer(UInt64.self), let end = row.integer(UInt64.self), first < end else { return nil }
            runs.append(first..<end)
        }
        return PartitionConsumption(committed: committed, acknowledged: runs)
    }
}

/// Key of a message within a group, in `retries` and `deadletters`: group id, partition id, offset, all big-endian, so that the rows
/// of a group lie together and in order.
struct GroupMessageKey: Hashable {
    let group: UInt16
    let partition: Int
    let offset: UInt64

    var bytes: [UInt8] {
        var key = [UInt8]()
        withUnsafeBytes(of: group.bigEndian) { key.append(contentsOf: $0) }
        withUnsafeBytes(of: UInt16(partition).bigEndian) { key.append(contentsOf: $0) }
        withUnsafeBytes(of: offset.bigEndian) { key.append(contentsOf: $0) }
        return key
    }

    init(group: UInt16, partition: Int, offset: UInt64) {
        self.group = group
        self.partition = partition
        self.offset = offset
    }

    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 12 else { return nil }
        group = UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt16.self))
        partition = Int(UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
        offset = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt64.self))
    }
}

/// Row in `retries` and in `deadletters`.
///
///     i64  when the next attempt is due (retries; 0 in dead letters)
///     u64  XXH64 of the partition key
///     u8   1 when a copy of the message follows
///     u32  attempts, i64 first failure, i64 last failure, u8 number of causes, the causes (u32 length, UTF-8)
///     …    the message as in the log, continuations joined
struct FailureRow {
    var due: Timestamp
    var keyHash: UInt64
    var history: FailureHistory
    var message: [UInt8]?

    func encoded() -> [UInt8] {
        var row = RowWriter()
        row.put(due.microseconds)
        row.put(keyHash)
        row.put(UInt8(message == nil ? 0 : 1))
        history.encode(into: &row)
        if let message { message.withUnsafeBytes { row.put($0) } }
        return row.bytes
    }

    init(due: Timestamp, keyHash: UInt64, history: FailureHistory, message: [UInt8]?) {
        self.due = due
        self.keyHash = keyHash
        self.history = history
        self.message = message
    }

    init?(_ bytes: UnsafeRawBufferPointer) {
        var row = RowReader(bytes)
        guard let due = row.integer(Int64.self), let keyHash = row.integer(UInt64.self), let hasMessage = row.integer(UInt8.self),
            let history = FailureHistory(from: &row)
        else { return nil }
        self.due = Timestamp(microseconds: due)
        self.keyHash = keyHash
        self.history = history
        message = hasMessage == 1 ? [UInt8](row.rest) : nil
    }
}
