import CSQLite
import GRDB

extension Database {
    /// For a new connection: SQLite no longer tells GRDB of each table and column that a statement names.
    ///
    /// GRDB wants to know for those who observe tables, and nobody does here. To be told costs a quarter of what it takes to prepare a
    /// statement. The other thing that it is for, forgetting what is known of a schema when a statement changes it, ``runScript(_:)`` does.
    public func becomeUnobserved() { sqlite3_set_authorizer(sqliteConnection, nil, nil) }
}
