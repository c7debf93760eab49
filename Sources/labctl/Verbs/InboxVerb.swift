import ArgumentParser
import Lab

struct InboxVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inbox", abstract: "Messages that services have taken: what makes effects happen once.",
        discussion: "EXAMPLE\n  labctl inbox ls", subcommands: [List.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ls", abstract: "List inboxes.", discussion: "EXAMPLE\n  labctl inbox ls orders")
        @OptionGroup var lab: LabOptions
        @Argument(help: "Only this service's.") var service: String?

        func run() async throws {
            let client = try lab.client()
            let name = try await service == nil ? nil : client.service(named: service!).name
            let inboxes: [InboxView] = try await client.get("/inbox", query: ["service": name])
            lab.output.show(inboxes) {
                var table = Table("SERVICE", "GROUP", ">MESSAGES", "LAST MESSAGE", "AT")
                for inbox in inboxes {
                    table.add(
                        inbox.service, inbox.group, String(inbox.messages), inbox.last_message_id ?? "-",
                        inbox.last_received_at.map(Reading.moment) ?? "-")
                }
                table.show(empty: "no messages taken yet")
            }
        }
    }
}
