import Contracts
import Foundation
import GRDB
import Messaging
import Reliability
import Runtime
import ServiceKit
import Storage

/// A small service with a real store, for the tests of ServiceKit.
enum NotesAPI: ServiceAPI {
    static let name = "notes"
    static let summary = "Keeps notes."
    static let events = Topic("note-events")
    static let written = MessageType<NoteView>("Note.Written.v1", on: events, "A note was written.")

    static let write = Endpoint<WriteNote, NoteView>(
        .post, "/notes", "writeNote", summary: "Writes a note.", access: .public, success: 201, idempotencyKey: true)
    static let writeTwice = Endpoint<WriteNote, NoteCount>(
        .post, "/notes/twice", "writeNoteTwice", summary: "Writes a note twice.", access: .public, success: 201, idempotencyKey: true)
    static let list = Endpoint<NoBody, Page<NoteView>>(
        .get, "/notes", "listNotes", summary: "Lists notes.", access: .public, parameters: Parameter.paging)
    static let get = Endpoint<NoBody, NoteView>(
        .get, "/notes/{id}", "getNote", summary: "Shows a note.", access: .public, parameters: [.path("id", .integer, "the note's number")])
    static let latest = Endpoint<NoBody, NoteView>(.get, "/notes/latest", "latestNote", summary: "Shows the last note.", access: .public)
    static let remove = Endpoint<NoBody, NoBody>(
        .delete, "/notes/{id}", "removeNote", summary: "Removes a note.", access: .ownerOrStaff, success: 204)
    static let mine = Endpoint<NoBody, WhoAmI>(.get, "/me", "whoAmI", summary: "Tells who asks.", access: .authenticated)
    static let staffOnly = Endpoint<NoBody, WhoAmI>(.get, "/staff", "staffOnly", summary: "For staff.", access: .staff)
    static let editors = Endpoint<NoBody, WhoAmI>(.get, "/editors", "editorsOnly", summary: "For editors.", access: .roles(["editor"]))
    static let internalCount = Endpoint<NoBody, NoteCount>(
        .get, "/internal/notes/count", "countNotes", summary: "Counts notes.", access: .internal)
    static let failing = Endpoint<NoBody, NoBody>(.get, "/failing", "failing", summary: "Fails inside.", access: .public)
    static let slow = Endpoint<NoBody, NoteCount>(
        .get, "/slow/{seconds}", "slow", summary: "Takes its time.", access: .public, parameters: [.path("seconds", .integer, "how long")])
    static let page = EndpointDeclaration(
        .get, "/page", "page", summary: "A page.", access: .public, produces: "text/html; charset=utf-8")

    static let endpoints = [
        write.declaration, writeTwice.declaration, list.declaration, get.declaration, latest.declaration, remove.declaration,
        mine.declaration, staffOnly.declaration, editors.declaration, internalCount.declaration, failing.declaration, slow.declaration,
        page,
    ]
    static let topics = [events]
    static let messages = [MessageDeclaration(written)]
}

enum Color: String, Codable, Sendable, CaseIterable { case yellow, green }

struct WriteNote: Codable, Sendable, Hashable, Validatable {
    var text: String
    var stars: Int?
    var color: Color?
    var due_at: Timestamp?
    var lines: [NoteLine]?

    func validate(_ check: inout Validation) {
        check.length(text, in: 1...100, field: "text")
        check.range(stars, in: 1...5, field: "stars")
        check.each("lines", lines ?? [])
    }
}

struct NoteLine: Codable, Sendable, Hashable, Validatable {
    var quantity: Int
    func validate(_ check: inout Validation) { check.require(quantity >= 1, field: "quantity", "must be at least 1") }
}

struct NoteView: Codable, Sendable, Hashable {
    var id: Int64
    var text: String
    var created_at: Timestamp
}

struct NoteCount: Codable, Sendable, Hashable { var count: Int }

struct WhoAmI: Codable, Sendable, Hashable {
    var user_id: String?
    var roles: [String]
    var correlation_id: String
}

actor NotesService: Microservice {
    static let declaration = ServiceDeclaration(
        api: NotesAPI.self, consumes: [EchoAPI.self],
        migrations: Migrations([
            .init(
                name: "0001_notes.sql",
                sql: "CREATE TABLE notes(id INTEGER PRIMARY KEY, text TEXT NOT NULL, created_at INTEGER NOT NULL) STRICT;")
        ]))

    let world: World
    let store: ServiceStore
    nonisolated var unownedExecutor: UnownedSerialExecutor { world.lane.asUnownedSerialExecutor() }

    init(context: ServiceContext) throws {
        world = context.world
        store = context.store
        _ = context.settings.int("notes_max", default: 100)
        _ = context.settings.duration("keep_for", default: .seconds(60))
    }

    nonisolated func routes(_ routes: inout Routes) {
        routes.reply(NotesAPI.write) { request in
            let note = try await self.write(request)
            return Reply(note, headers: ["Location": "/notes/\(note.id)"])
        }
        routes.on(NotesAPI.writeTwice) { try await self.writeTwice($0) }
        routes.on(NotesAPI.list) { try await self.list($0) }
        routes.on(NotesAPI.get) { try await self.get($0) }
        routes.on(NotesAPI.latest) { _ in try await self.latest() }
        routes.on(NotesAPI.remove) { _ in NoBody() }
        for endpoint in [NotesAPI.mine, NotesAPI.staffOnly, NotesAPI.editors] {
            routes.on(endpoint) { request in
                WhoAmI(
                    user_id: request.principal?.userID, roles: request.principal?.roles.sorted() ?? [],
                    correlation_id: request.cause.correlationID)
            }
        }
        routes.on(NotesAPI.internalCount) { _ in try await self.count() }
        routes.on(NotesAPI.failing) { _ in throw HiddenFailure(path: "/secret/place.sqlite") }
        routes.on(NotesAPI.slow) { request in
            let seconds = try request.pathID("seconds")
            try await self.world.sleep(for: .seconds(seconds))
            return NoteCount(count: 1)
        }
        routes.raw(NotesAPI.page) { request in .html("<p>hello\(request.headers["X-User-ID"] ?? "")</p>") }
    }

    nonisolated func consumers(_ consumers: inout Consumers) {
        consumers.group("notes-copies", topics: [NotesAPI.events]) { handlers in
            handlers.on(NotesAPI.written) { note, _, tx in
                try tx.db.execute(sql: "INSERT INTO notes(text, created_at) VALUES (?, ?)", arguments: ["copy of \(note.text)", 0])
            }
        }
    }

    private func write(_ request: Request<WriteNote>) async throws -> NoteView {
        let body = request.body
        return try await request.commit(store, headers: { ["Location": "/notes/\($0.id)"] }) { tx in
            let note = try Self.insert(body.text, tx)
            if body.text == "refused" { throw Problem.conflict(code: "refused", detail: "This text is refused.") }
            var told = note
            if body.text == "boast" { told.text = String(repeating: "boast ", count: 1 << 18) }
            try tx.publish(NotesAPI.written, told, subject: String(note.id))
            return note
        }
    }

    /// Commits something else than what it answers.
    private func writeTwice(_ request: Request<WriteNote>) async throws -> NoteCount {
        let text = request.body.text
        let ids = try await request.commit(store) { tx in [try Self.insert(text, tx).id, try Self.insert(text, tx).id] }
        return NoteCount(count: ids.count)
    }

    private static func insert(_ text: String, _ tx: StoreTransaction) throws -> NoteView {
        try tx.db.execute(sql: "INSERT INTO notes(text, created_at) VALUES (?, ?)", arguments: [text, tx.now.microseconds])
        return NoteView(id: tx.db.lastInsertedRowID, text: text, created_at: tx.now)
    }

    private func list(_ request: Request<NoBody>) throws -> Page<NoteView> {
        let limit = try request.limit()
        return Page(
            items: try store.read { db in try Row.fetchAll(db, sql: "SELECT * FROM notes ORDER BY id LIMIT ?", arguments: [limit]) }.map(
                Self.view))
    }

    private func get(_ request: Request<NoBody>) throws -> NoteView {
        let id = try request.pathID("id")
        guard let row = try store.read({ db in try Row.fetchOne(db, sql: "SELECT * FROM notes WHERE id = ?", arguments: [id]) }) else {
            throw Problem.notFound("note", id)
        }
        return Self.view(row)
    }

    private func latest() throws -> NoteView {
        guard let row = try store.read({ db in try Row.fetchOne(db, sql: "SELECT * FROM notes ORDER BY id DESC LIMIT 1") }) else {
            throw Problem.notFound(code: "no_notes", detail: "There are no notes.")
        }
        return Self.view(row)
    }

    func count() throws -> NoteCount {
        NoteCount(count: try store.read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM notes") } ?? 0)
    }

    private static func view(_ row: Row) -> NoteView {
        NoteView(id: row["id"], text: row["text"], created_at: Timestamp(microseconds: row["created_at"]))
    }
}

struct HiddenFailure: Error { let path: String }
