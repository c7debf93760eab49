import EventSourcing
import GRDB

/// What tools need to hold orders' tables to their events.
public enum OrdersReplay {
    /// How the tables differ from a replay of every event into temporary tables; empty when they are right. The file is not written.
    public static func differences(in db: Database) throws -> [String] { try OrderStream.projection.compare(in: db).map(\.description) }
}
