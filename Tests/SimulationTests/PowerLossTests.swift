import Foundation
import GRDB
import Testing

@testable import Simulation

/// What a loss of power leaves of a database file.
@Suite struct PowerLossTests {
    /// A store whose two tables grow by the same row with each commit, on pages of their own.
    private func commit(_ db: Database, _ number: Int) throws {
        try db.inTransaction {
            for table in ["debit", "credit"] {
                try db.execute(sql: "INSERT INTO \(table) VALUES (?, randomblob(9000))", arguments: [number])
            }
            return .commit
        }
    }

    /// Ten commits; after the sixth a checkpoint that goes as far as the fourth, which somebody still reads.
    /// - Returns: how many commits there were to lose, and how many are there afterwards.
    private func afterLoss(of choose: (Int) -> Int) throws -> (offered: Int, left: Int) {
        let folder = try TemporaryFolder("power")
        defer { folder.remove() }
        let file = folder.url.appendingPathComponent("store.sqlite")
        var offered = 0
        var loss: PowerLoss?
        do {
            let (writer, reader) = (try DatabaseQueue(path: file.path), try DatabaseQueue(path: file.path))
            try writer.writeWithoutTransaction { db in
                try db.execute(
                    sql: "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE debit(n, b); CREATE TABLE credit(n, b)")
                try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
                for number in 1...4 { try commit(db, number) }
            }
            try reader.writeWithoutTransaction { reading in
                try reading.execute(sql: "BEGIN; SELECT count(*) FROM debit")
                _ = try Int.fetchOne(reading, sql: "SELECT count(*) FROM debit")
                try writer.writeWithoutTransaction { db in
                    for number in 5...6 { try commit(db, number) }
                    try db.execute(sql: "PRAGMA wal_checkpoint(PASSIVE)")
                    for number in 7...10 { try commit(db, number) }
                    loss = PowerLoss(of: file) { commits in
                        offered = commits
                        return choose(commits)
                    }
                }
                try reading.execute(sql: "ROLLBACK")
            }
        }
        loss?.apply()
        let after = try DatabaseQueue(path: file.path)
        return try after.read { db in
            #expect(try String.fetchOne(db, sql: "PRAGMA integrity_check") == "ok")
            let numbers = try ["debit", "credit"].map { try Int.fetchAll(db, sql: "SELECT n FROM \($0) ORDER BY n") }
            #expect(numbers[0] == numbers[1] && numbers[0] == Array(1..<numbers[0].count + 1), "a file of one moment: \(numbers)")
            return (offered, numbers[0].count)
        }
    }

    @Test func `what a checkpoint has copied into the file stays, whatever is lost`() throws {
        #expect(try afterLoss { $0 } == (6, 4))
        #expect(try afterLoss { $0 - 1 } == (6, 5))
        #expect(try afterLoss { _ in 1 } == (6, 9))
        #expect(try afterLoss { _ in 0 } == (6, 10))
    }
}
