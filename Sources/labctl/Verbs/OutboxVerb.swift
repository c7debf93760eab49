import ArgumentParser
import Lab

struct OutboxVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outbox", abstract: "Messages that are committed but not in the log yet.",
        discussion: "EXAMPLE\n  labctl outbox ls orders", subcommands: [List.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ls", abstract: "List outboxes.", discussion: "EXAMPLE\n  labctl outbox ls")
        @OptionGroup var lab: LabOptions
        @Argument(help: "Only this service's, with its rows.") var service: String?

        func run() async throws {
            let client = try lab.client()
            let name = try await service == nil ? nil : client.service(named: service!).name
            let outboxes: [OutboxView] = try await client.get("/outbox", query: ["service": name])
            lab.output.show(outboxes) {
                var table = Table("SERVICE", ">WAITING", ">RELAYED")
                for outbox in outboxes { table.add(outbox.service, String(outbox.waiting), String(outbox.relayed)) }
                table.show()
                guard name != nil, let rows = outboxes.first?.rows, !rows.isEmpty else { return }
                Terminal.line("")
                var list = Table("ID", "TOPIC", "TYPE", "SUBJECT", "TIME")
                for row in rows { list.add(String(row.id), row.topic, row.type, row.subject, Reading.moment(row.time)) }
                list.show()
            }
        }
    }
}
