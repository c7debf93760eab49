import GRDB

/// An operating failure of a store: what happened, to which service's file, and what to do next.
public struct StorageError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// The file is not a database, or its pages are damaged.
        case damaged
        /// The device has no room. Nothing of the write was kept.
        case deviceFull
        /// A migration file was changed after it had been applied, or one is missing.
        case migrationChanged
        /// A migration's SQL failed.
        case migrationFailed
        /// The file cannot be opened: permissions, a missing folder, a foreign lock.
        case cannotOpen
        case closed
        case device
    }

    public let code: Code
    public let service: String
    public let message: String

    public init(_ code: Code, service: String, _ message: String) {
        self.code = code
        self.service = service
        self.message = message
    }

    public var description: String { message }

    /// The error that a caller should see for `error`: SQLite's constraint errors and the caller's own errors stay what they are.
    static func wrapping(_ error: any Error, service: String, file: String) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        switch error.resultCode {
        case .SQLITE_FULL:
            return StorageError(
                .deviceFull, service: service,
                "the device that holds \(file) is full: nothing was written; free some room, the service goes on by itself")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return StorageError(
                .damaged, service: service,
                "\(file) is damaged (\(error.message ?? "not a database")): put a backup in its place, or start over with `labctl reset`")
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY, .SQLITE_AUTH:
            return StorageError(
                .cannotOpen, service: service,
                "\(file) cannot be opened (\(error.message ?? "\(error.resultCode)")): check the folder and its permissions")
        case .SQLITE_IOERR:
            return StorageError(
                .device, service: service, "the device failed under \(file) (\(error.message ?? "input/output error")): nothing was written"
            )
        default:
            return error
        }
    }
}
