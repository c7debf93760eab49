import CLMDB
import Foundation
import Messaging
import Runtime

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Opens a log: takes the directory, checks what the file is, and builds in memory what is not on disk.
enum LogOpening {
    static func open(world: World, directory: URL, options: LogOptions) throws -> LogCore {
        do {
            try FileManager.default.createDirectory(
                at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw BusError(.device, "the directory \(directory.path) cannot be made: \(error.localizedDescription)")
        }
        let lock = try DirectoryLock(directory)
        do {
            let file = directory.appendingPathComponent("log.mdb").path
            do {
                return try load(world, options, directory, file, segmentsMax: segmentsMax(options), lock)
            } catch let error as LMDBError where error.code == MDB_DBS_FULL {
                // Written with a larger budget.
                return try load(world, options, directory, file, segmentsMax: segmentsMost, lock)
            }
        } catch {
            lock.release()
            throw (error as? LMDBError)?.busError ?? error
        }
    }

    private static let segmentsMost = 16_384

    /// Each takes memory in every transaction, so there are not always as many as can be.
    private static func segmentsMax(_ options: LogOptions) -> Int {
        min(segmentsMost, max(256, Int(options.bytesBudget) / (options.segmentMessages * 96)))
    }

    private static func openEnvironment(_ file: String, _ options: LogOptions, segmentsMax: Int) throws -> LMDBEnvironment {
        let flags: Int32 =
            switch options.persistence {
            case .durable: 0
            case .relaxed: MDB_NOMETASYNC
            case .volatile: MDB_NOSYNC
            }
        // Sparse address space: room for pages that wait for reuse beside the budget.
        let pageBytes = Int(sysconf(Int32(_SC_PAGESIZE)))
        let map = Int(options.bytesBudget) + max(64 << 20, Int(options.bytesBudget) / 4)
        let environment: LMDBEnvironment
        do {
            environment = try LMDBEnvironment(
                file: file, flags: flags, mapBytes: (map + pageBytes - 1) / pageBytes * pageBytes, databasesMax: segmentsMax + 16)
        } catch let error as LMDBError where error.code == MDB_INVALID || error.code == MDB_VERSION_MISMATCH {
            throw BusError(
                .formatUnknown,
                "\(file) is not a log that this program can read (\(error)). Restore it from a copy, or move it away to begin a new log")
        }
        // LMDB does not look: reading a page that is not there would end the process.
        guard environment.fileSize >= environment.bytesAllocated else {
            let message =
                "\(file) is truncated: it has \(environment.fileSize) bytes and \(environment.bytesAllocated) are in use. Restore it from a copy, or move it away to begin a new log"
            environment.close()
            throw BusError(.formatUnknown, message)
        }
        return environment
    }

    // MARK: Format

    private static func checkFormat(_ transaction: LMDBTransaction, _ environment: LMDBEnvironment, file: String) throws -> Bool {
        guard let meta = try transaction.openIfPresent("meta", integerKeys: false) else {
            var statistics = MDB_stat()
            mdb_env_stat(environment.pointer, &statistics)
            guard statistics.ms_entries == 0 else {
                throw BusError(.formatUnknown, "\(file) is an LMDB file, but not a log of ServiceLab: choose another directory")
            }
            return false
        }
        guard let bytes = try transaction.get(meta, key: Array("format".utf8)) else {
            throw BusError(.formatUnknown, "\(file) has no format row: it is not a log of ServiceLab, or it is damaged")
        }
        var row = RowReader(bytes)
        guard row.text() == LogDatabases.magic, let version = row.integer(UInt32.self) else {
            throw BusError(.formatUnknown, "\(file) is an LMDB file, but not a log of ServiceLab: choose another directory")
        }
        guard version == LogDatabases.formatVersion else {
            throw BusError(
                .formatVersion,
                "\(file) has format version \(version), this program reads and writes version \(LogDatabases.formatVersion). "
                    + "Open it with the program that wrote it, or move it away to begin a new log")
        }
        return true
    }

    private static func writeFormat(_ transaction: LMDBTransaction, _ databases: LogDatabases, _ world: World) throws {
        var row = RowWriter()
        row.put(LogDatabases.magic)
        row.put(LogDatabases.formatVersion)
        row.put(world.now.microseconds)
        try transaction.put(databases.meta, key: Array("format".utf8), row.bytes)
    }

    // MARK: Load

    private static func load(
        _ world: World, _ options: LogOptions, _ directory: URL, _ file: String, segmentsMax: Int, _ lock: DirectoryLock
    ) throws -> LogCore {
        let environment = try openEnvironment(file, options, segmentsMax: segmentsMax)
        do {
            return try load(world, options, directory, environment, lock)
        } catch {
            environment.close()
            throw error
        }
    }

    private static func load(
        _ world: World, _ options: LogOptions, _ directory: URL, _ environment: LMDBEnvironment, _ lock: DirectoryLock
    ) throws -> LogCore {
        let file = directory.appendingPathComponent("log.mdb").path
        let transaction = try environment.beginWrite()
        let state = LogState()
        let databases: LogDatabases
        let appender: RecordAppender
        do {
            let exists = try checkFormat(transaction, environment, file: file)
            databases = try LogDatabases(transaction)
            if !exists { try writeFormat(transaction, databases, world) }
            appender = RecordAppender(
                databases: databases, segmentMessages: options.segmentMessages,
                window: MessageIDWindow(capacity: options.messageIDWindow))
            let producers = try loadCatalogue(transaction, databases, state)
            try loadProgress(transaction, databases, state)
            try SegmentLoader(transaction, databases, state, options).load(into: appender, producers: producers)
            try loadFailures(transaction, databases, state)
            state.bytesUsed = try used(transaction, databases, state, environment)
        } catch {
            transaction.abort()
            throw error
        }
        try transaction.commit()
        let core = LogCore(
            world: world, options: options, directory: directory, environment: environment, databases: databases, state: state,
            appender: appender, directoryLock: lock)
        core.start()
        return core
    }

    /// - Returns: producers' ids by name.
    private static func loadCatalogue(
        _ transaction: LMDBTransaction, _ databases: LogDatabases, _ state: LogState
    ) throws -> [String: UInt16] {
        var topics = [Catalogue.Entry]()
        var groups = [(name: String, id: UInt16, generation: UInt64)]()
        var producers = [String: UInt16]()
        try transaction.forEach(databases.catalogue) { key, value in
            let name = String(decoding: key.dropFirst(2), as: UTF8.self)
            var row = RowReader(value)
            switch key.first {
            case UInt8(ascii: "t"):
                if let first = row.integer(UInt16.self), let count = row.integer(UInt16.self) {
                    topics.append(Catalogue.Entry(name: name, firstPartition: Int(first), partitions: Int(count)))
                }
            case UInt8(ascii: "g"):
                if let id = row.integer(UInt16.self), let generation = row.integer(UInt64.self) { groups.append((name, id, generation)) }
            case UInt8(ascii: "p"):
                if let id = row.integer(UInt16.self) { producers[name] = id }
            default: break
            }
            return true
        }
        state.adopt(Catalogue(topics.sorted { $0.firstPartition < $1.firstPartition }))
        for group in groups.sorted(by: { $0.id < $1.id }) {
            state.add(ConsumerGroup(id: group.id, name: group.name, generation: group.generation))
        }
        return producers
    }

    private static func loadProgress(_ transaction: LMDBTransaction, _ databases: LogDatabases, _ state: LogState) throws {
        try transaction.forEach(databases.progress) { key, value in
            let number = key.integer(at: 0, as: UInt64.self)
            guard Int(number >> 16) < state.groups.count, let consumption = ProgressRow.decode(value) else { return true }
            let group = state.groups[Int(number >> 16)]
            state.add(GroupPartition(group, partition: Int(number & 0xFFFF), consumption))
            return true
        }
    }

    /// Retries and dead letters, once the index knows what is there.
    private static func loadFailures(_ transaction: LMDBTransaction, _ databases: LogDatabases, _ state: LogState) throws {
        try transaction.forEach(databases.retries) { key, value in
            guard let key = GroupMessageKey(key), Int(key.group) < state.groups.count, let row = FailureRow(value),
                let slot = state.groups[Int(key.group)].slot(key.partition)
            else { return true }
            slot.consumption.restore(
                key.offset, keyHash: row.keyHash, due: row.due, isDetached: row.message != nil, row.history)
            return true
        }
        try transaction.forEach(databases.deadLetters) { key, _ in
            if let key = GroupMessageKey(key), Int(key.group) < state.groups.count { state.groups[Int(key.group)].deadLetters += 1 }
            return true
        }
    }

    private static func used(
        _ transaction: LMDBTransaction, _ databases: LogDatabases, _ state: LogState, _ environment: LMDBEnvironment
    ) throws -> UInt64 {
        var pages = 0
        for database in databases.all { pages += try transaction.pages(database) }
        for segment in state.index.segments {
            if !segment.isSealed { pages += try transaction.pages(segment.database) }
        }
        return UInt64((pages + state.sealedPages) * environment.pageSize)
    }
}

extension LogCore {
    /// Sets the timers that what was found at open asks for.
    fileprivate func start() {
        let now = world.now
        state.lock.withLock {
            var next: Timestamp?
            for group in state.groups {
                for slot in group.slots {
                    if let moment = slot.consumption.nextMoment(after: now) { next = min(next ?? moment, moment) }
                }
            }
            if let next { setTimer(at: next) }
        }
        if state.index.segments.contains(where: \.isSealed) { world.lane.perform { self.runRetention() } }
    }
}

/// The `lock` file of a log's directory, locked while the log is open and naming the process that has it.
final class DirectoryLock: @unchecked Sendable {
    private var descriptor: Int32

    init(_ directory: URL) throws {
        let path = directory.appendingPathComponent("lock").path
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw BusError(.device, "\(path) cannot be opened: \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            var text = [UInt8](repeating: 0, count: 32)
            let count = pread(descriptor, &text, text.count, 0)
            let owner = String(decoding: text.prefix(max(0, count)), as: UTF8.self)
            close(descriptor)
            throw BusError(
                .inUse, "\(directory.path) is in use by \(owner.isEmpty ? "another process" : owner): stop it, or choose another directory")
        }
        let text = Array("process \(getpid())".utf8)
        ftruncate(descriptor, 0)
        _ = pwrite(descriptor, text, text.count, 0)
    }

    func release() {
        guard descriptor >= 0 else { return }
        // Closing alone is not enough: a process forked meanwhile has the file open too.
        flock(descriptor, LOCK_UN)
        close(descriptor)
        descriptor = -1
    }
}
