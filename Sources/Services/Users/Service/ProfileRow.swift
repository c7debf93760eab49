import GRDB
import Runtime
import Storage
import UsersAPI

/// The table `users_profile`, at most one row an account.
enum ProfileRow {
    static func find(_ user: Int64, in db: Database) throws -> ProfileView? {
        try Row.fetchOne(
            db.cachedStatement(
                sql: "SELECT bio, phone, city, country, language, avatar_url, updated_at FROM users_profile WHERE user_id = ?"),
            arguments: [user]
        ).map { row in
            ProfileView(
                user_id: user, bio: row[0], phone: row[1], city: row[2], country: row[3], language: row[4], avatar_url: row[5],
                updated_at: Timestamp(microseconds: row[6]))
        }
    }

    static func set(_ profile: SetProfile, of user: Int64, in tx: StoreTransaction) throws -> ProfileView {
        try tx.db.execute(
            sql: """
                INSERT OR REPLACE INTO users_profile(user_id, bio, phone, city, country, language, avatar_url, updated_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                user, profile.bio, profile.phone, profile.city, profile.country, profile.language, profile.avatar_url,
                tx.now.microseconds,
            ])
        return ProfileView(
            user_id: user, bio: profile.bio, phone: profile.phone, city: profile.city, country: profile.country,
            language: profile.language, avatar_url: profile.avatar_url, updated_at: tx.now)
    }
}
