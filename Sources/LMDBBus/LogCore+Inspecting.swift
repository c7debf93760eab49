import Foundation
import Messaging
import Runtime

/// What operators ask for and change.
extension LogCore {
    func synchronize() throws {
        try writing.withLock {
            guard !isEnded else { throw Self.closed }
            do { try environment.synchronize() } catch let error as LMDBError { throw error.busError }
        }
    }

    func browse(topic name: String, partition: Int, from offset: UInt64, max: Int) throws -> [LoggedMessage] {
        var page = [LoggedMessage]()
        guard max > 0 else { return page }
        try scan(topic: name, partition: partition, from: offset) { offset, bytes, reader in
            guard let message = RecordDecoder.message(bytes, topic: name, strings: reader.strings) else { return nil }
            page.append(LoggedMessage(position: Position(topic: name, partition: partition, offset: offset), message: message))
            return page.count < max
        }
        return page
    }

    func lastNumber(of producer: String) -> UInt64? {
        writing.withLock { appender.lastNumber(of: producer) }
    }

    // MARK: Seek

    func seek(group name: String, topic topicName: String, to target: SeekTarget) async throws {
        try await change("bus.seek of group \(name)", structural: true) { [self] transaction in
            let (slots, targets): ([GroupPartition], [UInt64]) = try state.lock.withLock {
                let topic = try state.catalogue.require(topicName)
                let group = try idleGroup(name, topic: topicName, for: "seek")
                let slots = (topic.firstPartition..<topic.firstPartition + topic.partitions).compactMap { group.slot($0) }
                guard !slots.isEmpty else {
                    throw BusError(.unknownGroup, topic: topicName, "group \(name) does not read \(topicName)")
                }
                let targets = slots.map { slot in
                    let oldest = state.index.oldest(slot.partition)
                    let next = state.index.next[slot.partition]
                    switch target {
                    case .earliest: return oldest
                    case .latest: return next
                    case .offset(let offset): return min(max(offset, oldest), next)
                    case .time: return oldest
                    }
                }
                return (slots, targets)
            }
            var moves = [(slot: GroupPartition, offset: UInt64)]()
            for (slot, offset) in zip(slots, targets) {
                var offset = offset
                if case .time(let time) = target { offset = try firstOffset(slot.partition, at: time, transaction) }
                var copy = state.lock.withLock { slot.consumption }
                for row in copy.seek(to: offset) {
                    let key = GroupMessageKey(group: slot.group.id, partition: slot.partition, offset: row)
                    try transaction.delete(databases.retries, key: key.bytes)
                }
                let key = ProgressRow.key(group: slot.group.id, partition: slot.partition)
                try transaction.put(databases.progress, key: key, ProgressRow.encode(copy))
                moves.append((slot, offset))
            }
            return {
                for (slot, offset) in moves {
                    _ = slot.consumption.seek(to: offset)
                    slot.epoch += 1
                }
            }
        }
    }

    /// With the lock of the state held.
    private func idleGroup(_ name: String, topic: String? = nil, for purpose: String) throws -> ConsumerGroup {
        guard let group = state.group(name), !group.slots.isEmpty else {
            throw BusError(.unknownGroup, topic: topic, "there is no group \(name)")
        }
        guard group.members.isEmpty else {
            let members = group.members.map(\.subscription.member).joined(separator: ", ")
            throw BusError(.inUse, topic: topic, "group \(name) has members (\(members)): stop them, then \(purpose)")
        }
        return group
    }

    // MARK: Remove

    func remove(group name: String) async throws -> UInt64 {
        try await change("bus.remove of group \(name)", structural: true) { [self] transaction in
            let (group, slots) = try state.lock.withLock {
                let group = try idleGroup(name, for: "remove it")
                return (group, group.slots)
            }
            for slot in slots {
                try transaction.delete(databases.progress, key: ProgressRow.key(group: group.id, partition: slot.partition))
            }
            for database in [databases.retries, databases.deadLetters] {
                var keys = [GroupMessageKey]()
                try transaction.forEach(database) { key, _ in
                    if let key = GroupMessageKey(key), key.group == group.id { keys.append(key) }
                    return true
                }
                for key in keys { try transaction.delete(database, key: key.bytes) }
            }
            return { [state] in
                defer { state.remove(slotsOf: group) }
                return slots.reduce(0) { $0 + $1.consumption.lag(next: state.index.next[$1.partition]) }
            }
        }
    }

    /// The first message of a partition that was appended at `time` or later.
    private func firstOffset(_ partition: Int, at time: Timestamp, _ transaction: LMDBTransaction) throws -> UInt64 {
        let (segments, next) = state.lock.withLock { (state.index.segments, state.index.next[partition]) }
        for segment in segments where segment.lastAppend >= time && !segment.isDropping {
            guard partition < segment.slices.count else { continue }
            let slice = segment.slices[partition]
            let cursor = try LMDBCursor(transaction, segment.database)
            for (index, position) in slice.positions.enumerated() {
                guard let value = try cursor.value(at: segment.first + UInt64(position)), let header = RecordHeader(value) else { continue }
                if header.appended >= time { return slice.firstOffset + UInt64(index) }
            }
        }
        return next
    }

    // MARK: Dead letters

    func deadLetters(group name: String?) throws -> [DeadLetter] {
        let (catalogue, groups) = state.lock.withLock { (state.catalogue, state.groups.map(\.name)) }
        return try read { reader in
            var letters = [DeadLetter]()
            try reader.transaction.forEach(databases.deadLetters) { key, value in
                guard let key = GroupMessageKey(key), let row = FailureRow(value), Int(key.group) < groups.count else { return true }
                let group = groups[Int(key.group)]
                guard name == nil || name == group else { return true }
                let position = catalogue.position(partition: key.partition, offset: key.offset)
                let message = (row.message ?? []).withUnsafeBytes {
                    RecordDecoder.message($0, topic: position.topic, strings: reader.strings)
                }
                letters.append(
                    DeadLetter(
                        id: "\(group)/\(position.text)", group: group, position: position,
                        message: message ?? Self.unreadable(position, row), attempts: row.history.attempts,
                        firstFailure: row.history.first, lastFailure: row.history.last, causes: row.history.causes))
                return true
            }
            return letters
        }
    }

    /// Stands for a record whose bytes do not make a message any more.
    private static func unreadable(_ position: Position, _ row: FailureRow) -> Message {
        Message(
            id: "damaged-\(position.text)", source: "bus", type: "Damaged", subject: position.text, time: row.history.first,
            topic: position.topic, partitionKey: position.text, dataContentType: "application/octet-stream",
            payload: Data(row.message ?? []))
    }

    func retryDeadLetters(group name: String, ids: [String]?) async throws -> Int {
        try await change("bus.retry of dead letters of group \(name)") { [self] transaction in
            let letters = try select(group: name, ids: ids, transaction)
            let now = world.now
            var revived = [(slot: GroupPartition, key: GroupMessageKey, row: FailureRow)]()
            for (slot, key, row) in letters where row.message != nil {
                var row = row
                row.due = now
                row.history.attempts = 0
                try transaction.put(databases.retries, key: key.bytes, row.encoded())
                try transaction.delete(databases.deadLetters, key: key.bytes)
                revived.append((slot, key, row))
            }
            let done = revived
            return {
                for (slot, key, row) in done {
                    slot.consumption.revive(key.offset, keyHash: row.keyHash, due: now, row.history)
                    slot.group.deadLetters -= 1
                }
                return done.count
            }
        }
    }

    func purgeDeadLetters(group name: String, ids: [String]?) async throws -> Int {
        try await change("bus.purge of dead letters of group \(name)") { [self] transaction in
            let letters = try select(group: name, ids: ids, transaction)
            for (_, key, _) in letters { try transaction.delete(databases.deadLetters, key: key.bytes) }
            return {
                for (slot, _, _) in letters { slot.group.deadLetters -= 1 }
                return letters.count
            }
        }
    }

    private func select(
        group name: String, ids: [String]?, _ transaction: LMDBTransaction
    ) throws -> [(slot: GroupPartition, key: GroupMessageKey, row: FailureRow)] {
        let (group, slots, catalogue) = try state.lock.withLock {
            guard let group = state.group(name) else { throw BusError(.unknownGroup, "there is no group \(name)") }
            return (group, group.slots, state.catalogue)
        }
        let wanted = ids.map { Set($0) }
        var found = [(slot: GroupPartition, key: GroupMessageKey, row: FailureRow)]()
        try transaction.forEach(databases.deadLetters) { key, value in
            guard let key = GroupMessageKey(key), key.group == group.id, let row = FailureRow(value),
                let slot = slots.first(where: { $0.partition == key.partition })
            else { return true }
            let id = "\(name)/\(catalogue.position(partition: key.partition, offset: key.offset).text)"
            if wanted?.contains(id) ?? true { found.append((slot, key, row)) }
            return true
        }
        return found
    }
}
