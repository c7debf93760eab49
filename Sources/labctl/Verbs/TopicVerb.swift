import ArgumentParser
import Foundation
import Lab
import Runtime

struct TopicVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topic", abstract: "The message log: topics and messages.",
        discussion: "EXAMPLE\n  labctl topic ls\n  labctl topic tail order-events -f",
        subcommands: [List.self, Details.self, Tail.self, Publish.self])

    /// Checked before anything waits.
    static func named(_ name: String, _ client: ControlClient) async throws -> TopicView {
        let topics: [TopicView] = try await client.get("/topics")
        guard let topic = topics.first(where: { $0.name == name }) else {
            throw LabError.unknown("topic", name, known: topics.map(\.name), list: "labctl topic ls")
        }
        return topic
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ls", abstract: "List topics.", discussion: "EXAMPLE\n  labctl topic ls")
        @OptionGroup var lab: LabOptions

        func run() async throws {
            let topics: [TopicView] = try await lab.client().get("/topics")
            lab.output.show(topics) {
                var table = Table("TOPIC", "OWNER", ">PARTITIONS", ">MESSAGES")
                for topic in topics { table.add(topic.name, topic.owner ?? "-", String(topic.partitions.count), String(topic.messages)) }
                table.show()
            }
        }
    }

    struct Details: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "info", abstract: "A topic's partitions and message types.",
            discussion: "EXAMPLE\n  labctl topic info order-events")
        @OptionGroup var lab: LabOptions
        @Argument(help: "The topic.") var topic: String

        func run() async throws {
            let topic = try await TopicVerb.named(topic, try lab.client())
            lab.output.show(topic) {
                Terminal.line("\(Terminal.bold(topic.name))  owner \(topic.owner ?? "-"), \(Spelling.count(topic.messages, "message"))\n")
                var table = Table(">PARTITION", ">OLDEST", ">NEXT")
                for partition in topic.partitions {
                    table.add(String(partition.partition), String(partition.oldest), String(partition.next))
                }
                table.show()
                Terminal.line("")
                var types = Table("TYPE", "MEANING")
                for type in topic.types { types.add(type.name, type.summary) }
                types.show(empty: "no declared types")
            }
        }
    }

    struct Tail: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read messages; with -f, go on with new ones.",
            discussion:
                "EXAMPLE\n  labctl topic tail order-events -n 5\n  labctl topic tail order-events | cat      # lines as long as the payloads\n  labctl topic tail saga-replies -f --json | jq .type"
        )
        @OptionGroup var lab: LabOptions
        @Argument(help: "The topic.") var topic: String
        @Option(name: .customShort("n"), help: "How many past messages of each partition.") var count = 20
        @Flag(name: .shortAndLong, help: "Go on until interrupted.") var follow = false

        func run() async throws {
            try Arguments.count(count, "-n", in: 0...100_000)
            let client = try lab.client()
            let topic = try await TopicVerb.named(topic, client)
            let widest = topic.types.map(\.name.count).max() ?? 0
            let query = ["count": String(count), "follow": follow ? "true" : "false"]
            try await client.lines("/topics/\(ControlClient.escape(topic.name))/messages", query: query) { data in
                let message = try JSONDecoder().decode(MessageView.self, from: data)
                lab.output.stream(message) {
                    let place = "\(message.partition)/\(message.offset)"
                    return Terminal.fit(
                        "\(Terminal.dim("\(Reading.clock(message.time))  \(place.padding(7))"))  "
                            + "\(Terminal.bold(message.type.padding(widest)))  \(message.subject.padding(6)) \(Terminal.dim(message.payload))"
                    )
                }
            }
        }
    }

    struct Publish: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "pub", abstract: "Append a message by hand.",
            discussion: """
                EXAMPLE
                  labctl topic pub catalog-events Product.Updated.v1 -d '{"product_id":7}'

                Services take it like any other message: one that they cannot read becomes a dead letter.
                """)
        @OptionGroup var lab: LabOptions
        @Argument(help: "The topic.") var topic: String
        @Argument(help: "The message's type.") var type: String
        @Option(help: "What it is about.") var subject = "manual"
        @Option(help: "Decides the partition; the subject when absent.") var key: String?
        @Option(name: [.customShort("d"), .customLong("payload")], help: "JSON text.") var payload = "{}"

        func run() async throws {
            let client = try lab.client()
            let topic = try await TopicVerb.named(topic, client)
            // What is wrong with it says the text itself.
            guard (try? JSONSerialization.jsonObject(with: Data(payload.utf8), options: .fragmentsAllowed)) != nil else {
                throw LabError(.usage, "the payload is not JSON", why: payload)
            }
            let known = topic.types.map(\.name)
            if !known.contains(type), let near = EditDistance.nearest(to: type, among: known), near != type {
                Terminal.complain(Terminal.dim("note: \(type) is not declared on \(topic.name); there is \(near)"))
            }
            let message: MessageView = try await client.post(
                "/topics/\(ControlClient.escape(topic.name))/messages",
                PublishRequest(type: type, subject: subject, key: key, payload: payload))
            lab.output.show(message) { Terminal.line("\(message.topic) \(message.partition)/\(message.offset)  \(message.id)") }
        }
    }
}
