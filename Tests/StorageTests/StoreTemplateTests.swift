import Foundation
import GRDB
import Runtime
import Storage
import Testing

@Suite struct StoreTemplateTests {
    let options = StoreOptions(persistence: .volatile, templates: StoreTemplates())
    /// Gives other bytes whenever it is run.
    let migrations = Migrations(
        StoreFixture.migrations.files + [.init(name: "0002_random", sql: "INSERT INTO note(text) VALUES (hex(randomblob(16)));")])

    @Test func `a new store is a copy of what the first one was after its migrations, byte for byte`() throws {
        let (options, migrations) = (options, migrations)
        let beginnings = try (0..<2).map { _ in
            let fixture = try StoreFixture()
            return try fixture.simulate { world in
                let store = try fixture.open(world, migrations, options: options)
                let log = try Data(contentsOf: fixture.folder.appendingPathComponent("orders.sqlite-wal"))
                #expect(log.isEmpty, "nothing has been committed yet")
                let beginning = try Data(contentsOf: fixture.file)
                let id = try await store.note("hello")
                #expect(id == 2)
                return beginning
            }
        }
        #expect(beginnings[0] == beginnings[1])
    }

    @Test func `a store that is there already is opened as it is`() throws {
        let (options, fixture) = (options, try StoreFixture())
        try fixture.simulate { world in _ = try await fixture.open(world, options: options).note("hello") }
        try fixture.simulate { world in
            let notes = try fixture.open(world, options: options).notes()
            #expect(notes == ["hello"])
        }
    }

    @Test func `other migrations make another template`() throws {
        let (options, migrations) = (options, migrations)
        let counts = try [StoreFixture.migrations, migrations].map { migrations in
            let fixture = try StoreFixture()
            return try fixture.simulate { world in try fixture.open(world, migrations, options: options).count("note") }
        }
        #expect(counts == [0, 1])
    }
}
