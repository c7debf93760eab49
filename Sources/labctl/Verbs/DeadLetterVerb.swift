import ArgumentParser
import Lab

struct DeadLetterVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dlq", abstract: "Dead letters: messages that a group has given up on.",
        discussion: "EXAMPLE\n  labctl dlq ls\n  labctl dlq retry notifications",
        subcommands: [List.self, Show.self, Retry.self, Purge.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ls", abstract: "List dead letters.", discussion: "EXAMPLE\n  labctl dlq ls")
        @OptionGroup var lab: LabOptions
        @Argument(help: "Only this group's.") var group: String?

        func run() async throws {
            let client = try lab.client()
            if let group { _ = try await GroupVerb.named(group, client) }
            let letters: [DeadLetterView] = try await client.get("/dlq", query: ["group": group])
            lab.output.show(letters) {
                var table = Table("ID", "TYPE", "SUBJECT", ">ATTEMPTS", "LAST FAILURE", "REASON")
                for letter in letters {
                    table.add(
                        letter.id, letter.type, letter.subject, String(letter.attempts), Reading.moment(letter.last_failure),
                        letter.causes.last ?? "-")
                }
                table.show(empty: "no dead letters")
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "One dead letter with its causes and payload.", discussion: "EXAMPLE\n  labctl dlq show analytics/order-events/2/17")
        @OptionGroup var lab: LabOptions
        @Argument(help: "Its id in `labctl dlq ls`.") var id: String

        func run() async throws {
            let letters: [DeadLetterView] = try await lab.client().get("/dlq")
            guard let letter = letters.first(where: { $0.id == id }) else {
                throw LabError.unknown("dead letter", id, known: letters.map(\.id), list: "labctl dlq ls")
            }
            lab.output.show(letter) {
                Terminal.line("\(Terminal.bold(letter.id))  \(letter.type) \(letter.subject)")
                Terminal.line("\(letter.attempts) attempts from \(letter.first_failure) to \(letter.last_failure)")
                for cause in letter.causes { Terminal.line("  \(cause)") }
                Terminal.line(letter.payload)
            }
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Deliver dead letters to their group again.", discussion: "EXAMPLE\n  labctl dlq retry notifications --dry-run")
        @OptionGroup var lab: LabOptions
        @Argument(help: "The group.") var group: String
        @Argument(help: "Ids; all of the group when absent.") var ids: [String] = []
        @Flag(help: "Only say what would be delivered.") var dryRun = false
        func run() async throws { try await DeadLetterVerb.change("retry", "delivered again", group, ids, dryRun, lab) }
    }

    struct Purge: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete dead letters for good.", discussion: "EXAMPLE\n  labctl dlq purge notifications --dry-run")
        @OptionGroup var lab: LabOptions
        @Argument(help: "The group.") var group: String
        @Argument(help: "Ids; all of the group when absent.") var ids: [String] = []
        @Flag(help: "Only say what would be deleted.") var dryRun = false
        func run() async throws { try await DeadLetterVerb.change("purge", "deleted", group, ids, dryRun, lab) }
    }

    static func change(_ verb: String, _ done: String, _ group: String, _ ids: [String], _ dryRun: Bool, _ lab: LabOptions) async throws {
        let client = try lab.client()
        _ = try await GroupVerb.named(group, client)
        if !ids.isEmpty {
            let letters: [DeadLetterView] = try await client.get("/dlq", query: ["group": group])
            for id in ids where !letters.contains(where: { $0.id == id }) {
                throw LabError.unknown("dead letter of \(group)", id, known: letters.map(\.id), list: "labctl dlq ls \(group)")
            }
        }
        let result: ChangeCount = try await client.post(
            "/dlq/\(verb)", DeadLetterRequest(group: group, ids: ids.isEmpty ? nil : ids, dry_run: dryRun))
        lab.output.show(result) {
            Terminal.line("\(Spelling.count(result.changed, "message")) \(dryRun ? "would be " : "")\(done)")
        }
    }
}
