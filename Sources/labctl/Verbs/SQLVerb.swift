import ArgumentParser
import Foundation
import Lab

struct SQLVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sql", abstract: "Ask a service's database. Read-only unless told otherwise; works on a stopped lab too.",
        discussion: """
            EXAMPLE
              labctl sql orders 'SELECT id, status FROM orders_order LIMIT 5'
              labctl sql orders              # the tables
              echo 'SELECT count(*) FROM outbox' | labctl sql orders -

            With --json numbers are numbers, texts strings and NULL is null.

            With --write the statement runs in the service's own transaction, and only while the lab runs.
            """)
    @OptionGroup var lab: LabOptions
    @Argument(help: "The service.") var service: String
    @Argument(help: "One statement; `-` reads it from standard input; the list of tables when absent.") var query: String?
    @Flag(help: "Allow changes.") var write = false
    @Flag(help: "With --write: run, count, and roll back.") var dryRun = false
    @Option(help: "Rows shown at most.") var limit = 1000

    func run() async throws {
        try Arguments.count(limit, "--limit", in: 0...1_000_000)
        let directory = try lab.directory()
        let names = directory.databases()
        guard !names.isEmpty else { throw ControlClient.notRunning(directory) }
        let name = try await resolve(names)
        let statement = try statement()
        let result: SQLResult
        if write {
            result = try await lab.client().post(
                "/sql", SQLRequest(service: name, query: statement), query: ["dry_run": dryRun ? "true" : "false"])
        } else {
            if dryRun { throw ValidationError("--dry-run belongs to --write: without it nothing is changed anyway") }
            result = try SQLConsole.read(directory.database(of: name), statement, rowsMax: limit)
        }
        lab.output.show(result) { show(result) }
    }

    /// The file's name: services are also known by their name in the roster.
    private func resolve(_ names: [String]) async throws -> String {
        if names.contains(service) { return service }
        if try lab.directory().owner != nil { return try await lab.client().service(named: service).name }
        throw LabError.unknown("database", service, known: names, list: "labctl ps")
    }

    private func statement() throws -> String {
        guard let query else { return SQLConsole.tables }
        if query != "-" { return query }
        return String(decoding: FileHandle.standardInput.readDataToEndOfFile(), as: UTF8.self)
    }

    private func show(_ result: SQLResult) {
        if let changes = result.changes {
            return Terminal.line("\(Spelling.count(changes, "row")) \(dryRun ? "would be changed; rolled back" : "changed")")
        }
        var table = Table(titles: result.columns)
        for row in result.rows { table.add(row: row.map { $0.text ?? Terminal.dim("NULL") }) }
        table.show(empty: "no rows")
        if result.is_truncated { Terminal.complain(Terminal.dim("more rows were left out; --limit shows more")) }
    }
}
