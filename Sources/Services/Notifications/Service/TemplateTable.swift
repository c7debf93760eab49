import GRDB
import NotificationsAPI
import Runtime
import Storage

/// `notifications_template`: versions are added, never changed.
enum TemplateTable {
    private static let columns = "kind, channel, version, format, subject, body, created_at"

    static func currentVersion(kind: String, channel: NotificationChannel, in db: Database) throws -> Int? {
        try db.first(
            "SELECT version FROM notifications_template WHERE kind = ? AND channel = ? ORDER BY version DESC LIMIT 1", kind,
            channel.rawValue
        ) { row in row[0] as Int }
    }

    /// The channels that have a template of this kind.
    static func channels(kind: String, in db: Database) throws -> Set<NotificationChannel> {
        let names = try db.all("SELECT DISTINCT channel FROM notifications_template WHERE kind = ?", kind) { row in row[0] as String }
        return Set(names.compactMap(NotificationChannel.init(rawValue:)))
    }

    static func fetch(kind: String, channel: NotificationChannel, version: Int, in db: Database) throws -> TemplateView? {
        try Row.fetchOne(
            db, sql: "SELECT \(columns) FROM notifications_template WHERE kind = ? AND channel = ? AND version = ?",
            arguments: [kind, channel.rawValue, version]
        ).map(view)
    }

    /// The current version of each, by kind and channel.
    static func fetchCurrent(in db: Database) throws -> [TemplateView] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT \(columns) FROM notifications_template AS t
                WHERE version = (SELECT max(version) FROM notifications_template WHERE kind = t.kind AND channel = t.channel)
                ORDER BY kind, channel
                """
        ).map(view)
    }

    static func kinds(in db: Database) throws -> [String] {
        try String.fetchAll(db, sql: "SELECT DISTINCT kind FROM notifications_template ORDER BY kind")
    }

    static func insert(_ template: TemplateView, in db: Database) throws {
        try db.execute(
            sql: "INSERT INTO notifications_template(\(columns)) VALUES (?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                template.kind, template.channel.rawValue, template.version, template.format.rawValue, template.subject, template.body,
                template.created_at.microseconds,
            ])
    }

    private static func view(_ row: Row) -> TemplateView {
        TemplateView(
            kind: row[0], channel: NotificationChannel(stored: row[1]), version: row[2], format: TemplateFormat(stored: row[3]),
            subject: row[4], body: row[5], created_at: Timestamp(microseconds: row[6]))
    }
}

// What stands in a table was checked when it was written: another value is a damaged file.
extension NotificationChannel {
    init(stored text: String) {
        guard let channel = Self(rawValue: text) else {
            preconditionFailure("the table holds a channel \"\(text)\", which the schema forbids")
        }
        self = channel
    }
}

extension NotificationStatus {
    init(stored text: String) {
        guard let status = Self(rawValue: text) else {
            preconditionFailure("the table holds a status \"\(text)\", which the schema forbids")
        }
        self = status
    }
}

extension TemplateFormat {
    init(stored text: String) {
        guard let format = Self(rawValue: text) else {
            preconditionFailure("the table holds a format \"\(text)\", which the schema forbids")
        }
        self = format
    }
}
