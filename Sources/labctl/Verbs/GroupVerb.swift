import ArgumentParser
import Lab

struct GroupVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "group", abstract: "Consumer groups: members, lag, offsets.",
        discussion: "EXAMPLE\n  labctl group ls\n  labctl group lag analytics", subcommands: [List.self, Lag.self, Seek.self, Remove.self])

    static func named(_ name: String, _ client: ControlClient) async throws -> GroupView {
        let groups: [GroupView] = try await client.get("/groups")
        guard let group = groups.first(where: { $0.name == name }) else {
            throw LabError.unknown("group", name, known: groups.map(\.name), list: "labctl group ls")
        }
        return group
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ls", abstract: "List groups.", discussion: "EXAMPLE\n  labctl group ls")
        @OptionGroup var lab: LabOptions

        func run() async throws {
            let groups: [GroupView] = try await lab.client().get("/groups")
            lab.output.show(groups) {
                var table = Table("GROUP", ">MEMBERS", ">GENERATION", ">LAG", ">IN FLIGHT", ">RETRYING", ">DEAD", "TOPICS")
                for group in groups {
                    let dead = group.dead_letters == 0 ? "0" : Terminal.red(String(group.dead_letters))
                    table.add(
                        group.name, String(group.members.count), String(group.generation), String(group.lag),
                        String(group.partitions.reduce(0) { $0 + $1.in_flight }), String(group.partitions.reduce(0) { $0 + $1.retrying }),
                        dead,
                        Set(group.partitions.map(\.topic)).sorted().joined(separator: " "))
                }
                table.show()
            }
        }
    }

    struct Lag: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "How far a group is, by partition.", discussion: "EXAMPLE\n  labctl group lag orders-saga")
        @OptionGroup var lab: LabOptions
        @Argument(help: "The group.") var group: String

        func run() async throws {
            let group = try await GroupVerb.named(group, try lab.client())
            lab.output.show(group) {
                var table = Table("TOPIC", "MEMBER", ">PARTITION", ">COMMITTED", ">NEXT", ">LAG", ">IN FLIGHT", ">RETRYING")
                for one in group.partitions {
                    table.add(
                        one.topic, one.member ?? "-", String(one.partition), String(one.committed), String(one.next), String(one.lag),
                        String(one.in_flight), String(one.retrying))
                }
                table.show()
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rm", abstract: "Remove a group that nobody runs any more.",
            discussion: """
                EXAMPLE
                  labctl group rm old-mailer --dry-run
                  labctl group rm old-mailer

                Its progress, retries and dead letters are forgotten; the log need not keep any more what only this group had not read.
                The group must have no members. A group of that name that joins later is a new one.
                """)
        @OptionGroup var lab: LabOptions
        @Argument(help: "The group.") var group: String
        @Flag(help: "Only say what would change.") var dryRun = false

        func run() async throws {
            let client = try lab.client()
            let group = try await GroupVerb.named(group, client)
            let result: ChangeCount = try await client.post(
                "/groups/\(ControlClient.escape(group.name))/remove", RemoveGroupRequest(dry_run: dryRun))
            lab.output.show(result) { Terminal.line(result.detail ?? "removed \(group.name)") }
        }
    }

    struct Seek: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "reset", abstract: "Move a group to another place in a topic.",
            discussion: """
                EXAMPLE
                  labctl stop analytics
                  labctl group reset analytics --topic order-events --to earliest --dry-run
                  labctl group reset analytics --topic order-events --to earliest
                  labctl start analytics

                The group must have no members. Messages it has in its inbox are skipped when they come again.
                """)
        @OptionGroup var lab: LabOptions
        @Argument(help: "The group.") var group: String
        @Option(help: "The topic.") var topic: String
        @Option(help: "earliest, latest, an offset, or an RFC 3339 time.") var to: String
        @Flag(help: "Only say what would change.") var dryRun = false

        func run() async throws {
            let client = try lab.client()
            let group = try await GroupVerb.named(group, client)
            let topics = Set(group.partitions.map(\.topic)).sorted()
            guard topics.contains(topic) else { throw LabError.unknown("topic of \(group.name)", topic, known: topics) }
            let result: ChangeCount = try await client.post(
                "/groups/\(ControlClient.escape(group.name))/reset", SeekRequest(topic: topic, to: to, dry_run: dryRun))
            lab.output.show(result) { Terminal.line(result.detail ?? "moved \(Spelling.count(result.changed, "partition"))") }
        }
    }
}
