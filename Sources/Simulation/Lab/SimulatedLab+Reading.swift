import Foundation
import GRDB
import Lab

/// Looks into the services' databases, over the connections of the oracles.
extension SimulatedLab {
    /// The first value of the first row of a SELECT on a service's database; 0 when there is none.
    public func number(_ service: String, _ sql: String) throws -> Int {
        try reading(service) { try Int.fetchOne($0, sql: sql) ?? 0 }
    }

    /// Rows of a SELECT on a service's database.
    public func rows(_ service: String, _ sql: String) throws -> [[DatabaseValue]] {
        try reading(service) { try Row.fetchAll($0, sql: sql).map { Array($0.databaseValues) } }
    }

    /// Rows of a SELECT on a service's database as text; NULL is nil.
    public func texts(_ service: String, _ sql: String) throws -> [[String?]] { try self.sql(service, sql).rows.map { $0.map(\.text) } }

    private func reading<T>(_ service: String, _ body: (Database) throws -> T) throws -> T {
        try readers.read(service, body)
    }
}
