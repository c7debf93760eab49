import CLMDB
import Foundation

/// A log as it would be written in C: LMDB appended to by one thread, no queues, no checks. What the bus is measured against.
final class RawLog {
    static let messageBytes = 256
    private var environment: OpaquePointer?
    private var log: MDB_dbi = 0
    private var acknowledged: MDB_dbi = 0
    private let body = [UInt8](repeating: 120, count: RawLog.messageBytes)
    private(set) var count: UInt64 = 0
    private var read: UInt64 = 0

    /// - Parameter isSynced: false to fill a log quickly before something else is measured.
    init(_ folder: URL, isSynced: Bool = true) {
        Self.check(mdb_env_create(&environment))
        Self.check(mdb_env_set_mapsize(environment, 8 << 30))
        Self.check(mdb_env_set_maxdbs(environment, 4))
        Self.check(mdb_env_open(environment, folder.path, UInt32(MDB_NOTLS | (isSynced ? 0 : MDB_NOSYNC)), 0o600))
        let transaction = begin()
        Self.check(mdb_dbi_open(transaction, "log", UInt32(MDB_CREATE | MDB_INTEGERKEY), &log))
        Self.check(mdb_dbi_open(transaction, "acknowledged", UInt32(MDB_CREATE | MDB_INTEGERKEY), &acknowledged))
        Self.check(mdb_txn_commit(transaction))
    }

    deinit { mdb_env_close(environment) }

    private static func check(_ code: Int32) { precondition(code == 0, String(cString: mdb_strerror(code))) }

    private func begin(readOnly: Bool = false) -> OpaquePointer? {
        var transaction: OpaquePointer?
        Self.check(mdb_txn_begin(environment, nil, UInt32(readOnly ? MDB_RDONLY : 0), &transaction))
        return transaction
    }

    /// Appends `batch` messages in one transaction, with the consumer's cursor of the batches before.
    func publish(_ batch: Int) {
        let transaction = begin()
        for _ in 0..<batch {
            count += 1
            withUnsafeMutablePointer(to: &count) { pointer in
                var key = MDB_val(mv_size: 8, mv_data: UnsafeMutableRawPointer(pointer))
                var value = MDB_val(mv_size: Self.messageBytes, mv_data: nil)
                Self.check(mdb_put(transaction, log, &key, &value, UInt32(MDB_APPEND | MDB_RESERVE)))
                body.withUnsafeBytes { _ = memcpy(value.mv_data, $0.baseAddress!, Self.messageBytes) }
            }
        }
        if read > 0 {
            var group: UInt64 = 1
            withUnsafeMutablePointer(to: &group) { group in
                withUnsafeMutablePointer(to: &read) { read in
                    var key = MDB_val(mv_size: 8, mv_data: UnsafeMutableRawPointer(group))
                    var value = MDB_val(mv_size: 8, mv_data: UnsafeMutableRawPointer(read))
                    Self.check(mdb_put(transaction, acknowledged, &key, &value, 0))
                }
            }
        }
        Self.check(mdb_txn_commit(transaction))
    }

    /// Reads everything after the cursor in order, in place, and moves the cursor.
    /// - Returns: how many messages.
    func consume() -> Int {
        let transaction = begin(readOnly: true)
        defer { mdb_txn_abort(transaction) }
        var cursor: OpaquePointer?
        Self.check(mdb_cursor_open(transaction, log, &cursor))
        defer { mdb_cursor_close(cursor) }
        var next = read + 1
        var value = MDB_val()
        var sum: UInt64 = 0
        var messages = 0
        withUnsafeMutablePointer(to: &next) { pointer in
            var key = MDB_val(mv_size: 8, mv_data: UnsafeMutableRawPointer(pointer))
            var code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE)
            while code == 0 {
                sum &+= value.mv_data.load(as: UInt64.self)
                messages += 1
                code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)
            }
        }
        precondition(sum != 1, "never; it keeps the loop from being left out")
        read += UInt64(messages)
        return messages
    }
}
