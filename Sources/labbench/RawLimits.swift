import CLMDB
import Foundation

/// What the machine gives without us: one thread, no queues, no checks. The yardstick of each figure.
enum RawLimits {
    static let messageBytes = 256

    /// One 4 KiB write at the end of a file and one `fdatasync`, again and again.
    static func fdatasyncLoop(in folder: URL, for duration: Double) -> Sample {
        let file = open(folder.appendingPathComponent("raw").path, O_CREAT | O_RDWR | O_TRUNC, 0o600)
        defer { close(file) }
        let page = [UInt8](repeating: 120, count: 4096)
        var latencies = [Double]()
        let start = seconds()
        var now = start
        while now - start < duration {
            page.withUnsafeBytes { _ = write(file, $0.baseAddress, $0.count) }
            fdatasync(file)
            let end = seconds()
            latencies.append((end - now) * 1e6)
            now = end
        }
        return Sample(count: latencies.count, seconds: now - start, latencies: latencies)
    }

    /// A bare LMDB loop as it would be written in C: `batch` messages of 256 bytes appended in a transaction, synced by its commit.
    static func lmdbLoop(in folder: URL, batch: Int, for duration: Double) -> Sample {
        func check(_ code: Int32) { precondition(code == 0, String(cString: mdb_strerror(code))) }
        var environment: OpaquePointer?
        check(mdb_env_create(&environment))
        check(mdb_env_set_mapsize(environment, 8 << 30))
        check(mdb_env_set_maxdbs(environment, 4))
        check(mdb_env_open(environment, folder.path, UInt32(MDB_NOTLS), 0o600))
        defer { mdb_env_close(environment) }
        var table: MDB_dbi = 0
        var transaction: OpaquePointer?
        check(mdb_txn_begin(environment, nil, 0, &transaction))
        check(mdb_dbi_open(transaction, "log", UInt32(MDB_CREATE | MDB_INTEGERKEY), &table))
        check(mdb_txn_commit(transaction))
        let body = [UInt8](repeating: 120, count: messageBytes)
        var latencies = [Double]()
        var key = 0
        let start = seconds()
        var now = start
        while now - start < duration {
            check(mdb_txn_begin(environment, nil, 0, &transaction))
            for _ in 0..<batch {
                key += 1
                withUnsafeMutablePointer(to: &key) { pointer in
                    var mdbKey = MDB_val(mv_size: 8, mv_data: UnsafeMutableRawPointer(pointer))
                    var value = MDB_val(mv_size: messageBytes, mv_data: nil)
                    check(mdb_put(transaction, table, &mdbKey, &value, UInt32(MDB_APPEND | MDB_RESERVE)))
                    body.withUnsafeBytes { _ = memcpy(value.mv_data, $0.baseAddress!, messageBytes) }
                }
            }
            check(mdb_txn_commit(transaction))
            let end = seconds()
            latencies.append((end - now) * 1e6)
            now = end
        }
        return Sample(count: latencies.count * batch, seconds: now - start, latencies: latencies)
    }
}
