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
            try Arguments.count(limit, "--limit", in: 1...10_000)
            let known = ["running", "completed", "compensating", "compensated"]
            if let status, !known.contains(status) { throw LabError.unknown("saga status", status, known: known) }
            let sagas: [SagaView] = try await lab.client().get(
                "/sagas", query: ["status": status, "open": open ? "true" : nil, "limit": String(limit)])
            lab.output.show(sagas) {
                var table = Table("SAGA", "STATUS", "STARTED", "TOOK", "STEP", "REASON")
                for saga in sagas {
                    let isOpen = ["running", "compensating"].contains(saga.status)
                    table.add(
                        "\(saga.definition)/\(saga.id)", SagaDrawing.paint(saga.status), Reading.moment(saga.started_at),
                        isOpen ? "" : saga.started_at == saga.updated_at ? "at once" : Reading.span(saga.started_at, saga.updated_at),
                        isOpen ? saga.step_name ?? String(saga.step) : "",
                        saga.reason ?? "")
                }
                table.show(empty: open ? "no saga is open" : "no sagas")
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Draw a saga: what is done, what is next, what was undone and why.",
            discussion: """
                EXAMPLE
                  labctl saga show 42
                  labctl saga show checkout/42 --log
                  labctl saga show 42 --mermaid > checkout.mmd

                ✓ done  ▶ now  · ahead  – does not apply  ✗ refused  ? no answer in time
                ⟲ being undone  ↩ undone
                """)
        @OptionGroup var lab: LabOptions
        @Argument(help: "Its id, for the checkout the order's; or as `labctl saga ls` names it.") var id: String
        @Flag(help: "Every event, and the saga's state.") var log = false
        @Flag(help: "A Mermaid flowchart instead.") var mermaid = false

        func run() async throws {
            let saga: SagaView = try await lab.client().get("/saga", query: ["id": id])
            lab.output.show(saga) {
                if mermaid { return Terminal.line(saga.mermaid ?? "") }
                SagaDrawing(saga).show()
                if log {
                    showLog(saga)
                } else {
                    Terminal.line(Terminal.dim("\n  every event: \(Advice("labctl saga show \(id) --log").text)"))
                }
            }
        }

        private func showLog(_ saga: SagaView) {
            Terminal.line("")
            var table = Table("AT", "STEP", "EVENT", "DETAIL")
            for entry in saga.log ?? [] { table.add(Reading.clock(entry.at), entry.step, entry.event, entry.detail ?? "") }
            table.show(empty: "no log")
            if let state = saga.state { Terminal.line("\n\(Terminal.dim("state"))\n\(JSONText(state)?.pretty ?? state)") }
        }
    }
}
