import ArgumentParser
import Lab

struct SagaVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "saga", abstract: "Sagas: where each stands and how it got there.",
        discussion: "EXAMPLE\n  labctl saga ls --open\n  labctl saga show 42", subcommands: [List.self, Show.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ls", abstract: "List sagas, newest first.", discussion: "EXAMPLE\n  labctl saga ls --status compensated")
        @OptionGroup var lab: LabOptions
        @Option(help: "running, completed, compensating or compensated.") var status: String?
        @Flag(help: "Only those that have not ended.") var open = false
        @Option(help: "How many.") var limit = 50

        func run() async throws {
            let known = ["running", "completed", "compensating", "compensated"]
            if let status, !known.contains(status) { throw LabError.unknown("saga status", status, known: known) }
            let sagas: [SagaView] = try await lab.client().get(
                "/sagas", query: ["status": status, "open": open ? "true" : nil, "limit": String(limit)])
            lab.output.show(sagas) {
                var table = Table("SAGA", "ID", "STATUS", "STARTED", "REASON", right: "STEP")
                for saga in sagas {
                    table.add(saga.definition, saga.id, SagaVerb.paint(saga.status), saga.started_at, saga.reason ?? "-", String(saga.step))
                }
                table.show(empty: "no sagas")
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "A saga's log and state.", discussion: "EXAMPLE\n  labctl saga show 42 --json | jq .log")
        @OptionGroup var lab: LabOptions
        @Argument(help: "Its id: for the checkout, the order's.") var id: String

        func run() async throws {
            let saga: SagaView = try await lab.client().get("/sagas/\(ControlClient.escape(id))")
            lab.output.show(saga) {
                Terminal.line("\(Terminal.bold("\(saga.definition) \(saga.id)"))  \(SagaVerb.paint(saga.status))" + (saga.reason.map { "  \($0)" } ?? ""))
                var table = Table("AT", "STEP", "EVENT", "DETAIL")
                for entry in saga.log ?? [] { table.add(Reading.clock(entry.at), entry.step, entry.event, entry.detail ?? "") }
                table.show(empty: "no log")
                if let state = saga.state { Terminal.line("\n\(Terminal.dim("state")) \(state)") }
            }
        }
    }

    static func paint(_ status: String) -> String {
        switch status {
        case "completed": Terminal.green(status)
        case "compensated": Terminal.red(status)
        default: Terminal.yellow(status)
        }
    }
}
