import CLMDB

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One LMDB file, opened. Transactions come from here.
///
/// Thread safe as LMDB is: one write transaction at a time, any number of readers; `close` only when no transaction is open.
final class LMDBEnvironment: @unchecked Sendable {
    let pointer: OpaquePointer
    /// Bytes of a page: the system's page size, fixed when the file was made.
    let pageSize: Int
    private let file: String
    private let descriptor: Int32

    /// - Parameters:
    ///   - flags: `MDB_…` beside `MDB_NOTLS` and `MDB_NOSUBDIR`.
    ///   - mapBytes: upper bound of the file; address space, not memory.
    init(file: String, flags: Int32, mapBytes: Int, databasesMax: Int) throws {
        self.file = file
        var environment: OpaquePointer?
        try LMDBError.check(mdb_env_create(&environment), "prepare the log")
        pointer = environment!
        do {
            try LMDBError.check(mdb_env_set_mapsize(pointer, mapBytes), "set the map size")
            try LMDBError.check(mdb_env_set_maxdbs(pointer, UInt32(databasesMax)), "set the number of databases")
            try LMDBError.check(mdb_env_open(pointer, file, UInt32(flags | MDB_NOTLS | MDB_NOSUBDIR), 0o600), "open \(file)")
            var descriptor: mdb_filehandle_t = -1
            try LMDBError.check(mdb_env_get_fd(pointer, &descriptor), "find the descriptor of \(file)")
            self.descriptor = descriptor
            var statistics = MDB_stat()
            try LMDBError.check(mdb_env_stat(pointer, &statistics), "read the state of \(file)")
            pageSize = Int(statistics.ms_psize)
        } catch {
            mdb_env_close(pointer)
            throw error
        }
    }

    /// Closes without writing anything. No transaction may be open.
    func close() { mdb_env_close(pointer) }

    func beginWrite() throws -> LMDBTransaction {
        var transaction: OpaquePointer?
        try LMDBError.check(mdb_txn_begin(pointer, nil, 0, &transaction), "begin a write transaction")
        return LMDBTransaction(transaction!)
    }

    func beginRead() throws -> LMDBTransaction {
        var transaction: OpaquePointer?
        try LMDBError.check(mdb_txn_begin(pointer, nil, UInt32(MDB_RDONLY), &transaction), "begin a read transaction")
        return LMDBTransaction(transaction!)
    }

    func synchronize() throws { try LMDBError.check(mdb_env_sync(pointer, 1), "flush the log") }

    /// Bytes up to the end of the last page in use, as of the last commit.
    var bytesAllocated: Int {
        var info = MDB_envinfo()
        mdb_env_info(pointer, &info)
        return (Int(info.me_last_pgno) + 1) * pageSize
    }

    /// Takes the file's pages out of this process; the system keeps them cached, and whoever reads one gets it from there.
    ///
    /// Otherwise every page that was ever touched counts as memory of the process, until that is as large as the log.
    /// For the thread that may write only.
    func returnPages() {
        guard let map else { return }
        _ = madvise(UnsafeMutableRawPointer(bitPattern: map.lowerBound), min(bytesAllocated, map.count), MADV_DONTNEED)
    }

    /// Where the file lies in this process: LMDB does not say. Nil where there is no `/proc`.
    private lazy var map: Range<UInt>? = {
        guard let path = realpath(file, nil), let maps = fopen("/proc/self/maps", "r") else { return nil }
        let ending = " \(String(cString: path))\n"
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer {
            free(path)
            free(line)
            fclose(maps)
        }
        // 7f1c00000000-7f1d00000000 r--s 00000000 fe:00 131092    /var/lab/log.mdb
        while getline(&line, &capacity, maps) > 0, let text = line.map({ String(cString: $0) }) {
            guard text.hasSuffix(ending) else { continue }
            let bounds = text.prefix { $0 != " " }.split(separator: "-").compactMap { UInt($0, radix: 16) }
            return bounds.count == 2 ? bounds[0]..<bounds[1] : nil
        }
        return nil
    }()

    /// For the thread that may write only: LMDB seeks, too.
    var fileSize: Int { max(0, Int(lseek(descriptor, 0, SEEK_END))) }

    /// False when less than a mebibyte is free on the device. LMDB reports a write that was cut short by a full device as an
    /// input/output error.
    var deviceHasRoom: Bool {
        var status = statvfs()
        return fstatvfs(descriptor, &status) != 0 || UInt64(status.f_bavail) * UInt64(status.f_frsize) >= 1 << 20
    }

    /// Writes zeros behind the end of the file, so that commits overwrite blocks that exist: a flush of a growing file costs nearly
    /// twice as much (docs/decisions/0002-commit-order-log.md). Returns false when the device refuses; commits then grow the file
    /// themselves.
    func growFile(by count: Int) -> Bool {
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        let start = fileSize
        var offset = start
        let end = offset + count
        while offset < end {
            let piece = min(zeros.count, end - offset)
            let written = zeros.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, piece, off_t(offset)) }
            if written <= 0 {
                // What little room is left belongs to commits, and to others.
                ftruncate(descriptor, off_t(start))
                return false
            }
            offset += written
        }
        return true
    }
}
