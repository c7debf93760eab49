import CLMDB
import Messaging

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A return code of LMDB or of the system, with what was attempted.
struct LMDBError: Error, CustomStringConvertible {
    let code: Int32
    let attempt: String

    init(_ code: Int32, _ attempt: String) {
        self.code = code
        self.attempt = attempt
    }

    var description: String { "\(attempt): \(String(cString: mdb_strerror(code)))" }

    static func check(_ code: Int32, _ attempt: @autoclosure () -> String) throws {
        if code != MDB_SUCCESS { throw LMDBError(code, attempt()) }
    }

    /// What an operator is told when this failure ends a transaction of the log.
    var busError: BusError {
        switch code {
        case MDB_MAP_FULL:
            BusError(.logFull, "the log's map is full (\(attempt)); nothing was appended. Raise bytesBudget or let consumers catch up")
        case ENOSPC, EDQUOT:
            BusError(.deviceFull, "the device has no room (\(attempt)); nothing was appended. Free some space; the log goes on by itself")
        default:
            BusError(.device, "\(self); nothing of this commit was kept. Check the device and the system's log")
        }
    }
}
