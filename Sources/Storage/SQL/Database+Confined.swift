import CSQLite
import GRDB

extension Database {
    /// Runs statements that somebody else wrote inside of the open transaction. SQLite refuses what would end it, or would leave another
    /// file attached to the connection.
    /// - Throws: `DatabaseError` with `SQLITE_AUTH` for those, before they are run.
    public func executeConfined(_ sql: String) throws {
        let isAllowed:
            @convention(c) (
                UnsafeMutableRawPointer?, Int32, UnsafePointer<CChar>?, UnsafePointer<CChar>?, UnsafePointer<CChar>?, UnsafePointer<CChar>?
            ) -> Int32 = { _, action, _, _, _, _ in
                switch action {
                case SQLITE_TRANSACTION, SQLITE_SAVEPOINT, SQLITE_ATTACH, SQLITE_DETACH: SQLITE_DENY
                default: SQLITE_OK
                }
            }
        sqlite3_set_authorizer(sqliteConnection, isAllowed, nil)
        defer { becomeUnobserved() }
        try execute(sql: sql)
    }
}
