import Contracts
import GRDB
import Runtime
import Storage
import UsersAPI

/// The table `users_settings`: typed values by key.
enum SettingRow {
    /// More than any client needs; the list is answered without pages.
    static let countMax = 100

    static func checkedKey(_ key: String) throws -> String {
        let isValid =
            (1...64).contains(key.utf8.count)
            && key.utf8.allSatisfy { byte in
                (97...122).contains(byte) || (48...57).contains(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
                    || byte == UInt8(ascii: "-")
            }
        guard isValid else {
            throw Problem.badRequest(code: "invalid_setting_key", detail: "A key has 1 to 64 of a-z, 0-9, '.', '_' and '-'.")
        }
        return key
    }

    static func all(of user: Int64, in db: Database) throws -> [SettingView] {
        try Row.fetchAll(
            db.cachedStatement(sql: "SELECT key, type, value, updated_at FROM users_settings WHERE user_id = ? ORDER BY key"),
            arguments: [user]
        ).map { SettingView(key: $0[0], type: $0[1], value: $0[2], updated_at: Timestamp(microseconds: $0[3])) }
    }

    static func set(_ key: String, type: String, value: String, of user: Int64, in tx: StoreTransaction) throws -> SettingView {
        try tx.db.execute(
            sql: "INSERT OR REPLACE INTO users_settings(user_id, key, type, value, updated_at) VALUES (?, ?, ?, ?, ?)",
            arguments: [user, key, type, value, tx.now.microseconds])
        let count = try Int.fetchOne(tx.db, sql: "SELECT count(*) FROM users_settings WHERE user_id = ?", arguments: [user]) ?? 0
        guard count <= countMax else {
            throw Problem.conflict(code: "too_many_settings", detail: "An account has at most \(countMax) settings; remove one first.")
        }
        return SettingView(key: key, type: type, value: value, updated_at: tx.now)
    }

    /// - Throws: ``Problem`` 404 `setting_not_found`.
    static func remove(_ key: String, of user: Int64, in db: Database) throws {
        try db.execute(sql: "DELETE FROM users_settings WHERE user_id = ? AND key = ?", arguments: [user, key])
        guard db.changesCount == 1 else { throw Problem.notFound("setting", key) }
    }
}
