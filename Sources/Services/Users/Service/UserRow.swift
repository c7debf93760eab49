import Contracts
import GRDB
import Messaging
import Runtime
import Storage
import UsersAPI

/// A row of `users_user`.
struct UserRow: Sendable {
    let id: Int64
    var email: EmailAddress
    var fullName: String
    /// In the order of declaration.
    var roles: [Role]
    var passwordHash: PasswordHash?
    var isActive: Bool
    var revision: Int64
    let createdAt: Timestamp
    var updatedAt: Timestamp

    private static let columns = "id, email, full_name, roles, password_hash, is_active, revision, created_at, updated_at"

    private init(_ row: Row) throws {
        id = row[0]
        let written: String = row[1]
        guard let address = EmailAddress(written) else {
            throw StorageError(.damaged, service: UsersAPI.name, "users_user \(row[0] as Int64) has an e-mail that does not read")
        }
        email = address
        fullName = row[2]
        roles = (row[3] as String).split(separator: ",").compactMap { Role(rawValue: String($0)) }
        passwordHash = (row[4] as String?).flatMap(PasswordHash.init(text:))
        isActive = row[5]
        revision = row[6]
        createdAt = Timestamp(microseconds: row[7])
        updatedAt = Timestamp(microseconds: row[8])
    }

    static func find(_ id: Int64, in db: Database) throws -> UserRow? {
        try Row.fetchOne(db.cachedStatement(sql: "SELECT \(columns) FROM users_user WHERE id = ?"), arguments: [id]).map(UserRow.init)
    }

    static func find(email: String, in db: Database) throws -> UserRow? {
        try Row.fetchOne(db.cachedStatement(sql: "SELECT \(columns) FROM users_user WHERE email_folded = ?"), arguments: [email])
            .map(UserRow.init)
    }

    /// - Throws: ``Problem`` 404 `user_not_found`.
    static func require(_ id: Int64, in db: Database) throws -> UserRow {
        guard let user = try find(id, in: db) else { throw Problem.notFound("user", id) }
        return user
    }

    static func page(after id: Int64, limit: Int, in db: Database) throws -> [UserRow] {
        try Row.fetchAll(
            db.cachedStatement(sql: "SELECT \(columns) FROM users_user WHERE id > ? ORDER BY id LIMIT ?"), arguments: [id, limit]
        ).map(UserRow.init)
    }

    static func countOfActiveStaff(in db: Database) throws -> Int {
        try Int.fetchOne(db, sql: "SELECT count(*) FROM users_user WHERE is_active AND ',' || roles || ',' LIKE '%,staff,%'") ?? 0
    }

    /// Opens an account: row, activity, event.
    /// - Throws: ``Problem`` 409 `email_taken`.
    static func insert(
        email: EmailAddress, fullName: String, roles: [Role], password: PasswordHash?, in tx: StoreTransaction
    ) throws -> UserRow {
        try checkFree(email, in: tx.db)
        try tx.db.cachedStatement(
            sql: """
                INSERT INTO users_user(email, email_folded, full_name, roles, password_hash, created_at, updated_at)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            email.written, email.folded, fullName, roles.map(\.rawValue).joined(separator: ","), password?.text, tx.now.microseconds,
            tx.now.microseconds,
        ])
        let user = try require(tx.db.lastInsertedRowID, in: tx.db)
        try ActivityLog.add("registered", of: user.id, in: tx)
        try tx.publish(UsersAPI.registered, user.state(at: tx.now), subject: String(user.id))
        return user
    }

    /// Writes the changed fields, with the next revision, the activity and the event.
    /// - Throws: ``Problem`` 409 `email_taken`.
    mutating func update(
        _ event: MessageType<UserState>, activity: String, detail: String? = nil, in tx: StoreTransaction
    ) throws {
        if let other = try Self.find(email: email.folded, in: tx.db), other.id != id { throw Self.taken }
        revision += 1
        updatedAt = max(tx.now, updatedAt)
        try tx.db.cachedStatement(
            sql: """
                UPDATE users_user SET email = ?, email_folded = ?, full_name = ?, roles = ?, is_active = ?, revision = ?, updated_at = ?
                WHERE id = ?
                """
        ).execute(arguments: [email.written, email.folded, fullName, roleList, isActive, revision, updatedAt.microseconds, id])
        try ActivityLog.add(activity, of: id, detail: detail, in: tx)
        try tx.publish(event, state(at: tx.now), subject: String(id))
    }

    static func setPassword(_ hash: PasswordHash, of id: Int64, in tx: StoreTransaction) throws {
        try tx.db.execute(sql: "UPDATE users_user SET password_hash = ? WHERE id = ?", arguments: [hash.text, id])
    }

    private static func checkFree(_ email: EmailAddress, in db: Database) throws {
        if try find(email: email.folded, in: db) != nil { throw taken }
    }

    private static var taken: Problem { .conflict(code: "email_taken", detail: "There is an account with this e-mail already.") }

    var roleList: String { roles.map(\.rawValue).joined(separator: ",") }

    var view: UserView {
        UserView(
            id: id, email: email.written, full_name: fullName, roles: roles.map(\.rawValue), is_active: isActive, created_at: createdAt,
            updated_at: updatedAt)
    }

    func state(at time: Timestamp) -> UserState {
        UserState(
            user_id: id, email: email.written, full_name: fullName, roles: roles.map(\.rawValue), is_active: isActive, revision: revision,
            at: time)
    }
}
