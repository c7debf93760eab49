import Foundation
import Hummingbird
import Messaging
import Runtime

/// The operators' verbs on the log: topics, groups, dead letters.
struct MessageOperations: Sendable {
    let world: World
    let bus: any MessageBus & BusInspecting
    /// Declared by the services of this lab: topic → owner and message types.
    let declared: [String: (owner: String, types: [TopicView.TypeView])]

    func topics() async throws -> [TopicView] {
        try await bus.topics().sorted { $0.name < $1.name }.map { topic in
            TopicView(
                name: topic.name, owner: declared[topic.name]?.owner, messages: topic.partitions.reduce(0) { $0 + ($1.next - $1.oldest) },
                partitions: topic.partitions.map { TopicView.Partition(partition: $0.partition, oldest: $0.oldest, next: $0.next) },
                types: declared[topic.name]?.types ?? [])
        }
    }

    private func status(of name: String) async throws -> TopicStatus {
        let topics = try await bus.topics()
        guard let topic = topics.first(where: { $0.name == name }) else {
            throw LabError.unknown("topic", name, known: topics.map(\.name), list: "labctl topic ls")
        }
        return topic
    }

    /// The newest `count` messages of each partition, then new ones as they come.
    /// - Parameter count: at least 0.
    func tail(_ name: String, count: Int, follow: Bool) async throws -> Response {
        let topic = try await status(of: name)
        var next = [UInt64]()
        for partition in topic.partitions {
            let wanted = UInt64(count)
            next.append(max(partition.oldest, partition.next > wanted ? partition.next - wanted : 0))
        }
        let first = next
        return ControlRoutes.lines { write in
            var next = first
            var silence = Duration.zero
            while true {
                var batch = [LoggedMessage]()
                for partition in topic.partitions {
                    let messages = try await bus.browse(
                        topic: name, partition: partition.partition, from: next[partition.partition], max: 500)
                    if let last = messages.last { next[partition.partition] = last.position.offset + 1 }
                    batch += messages
                }
                for message in batch.sorted(by: { ($0.message.time, $0.position) < ($1.message.time, $1.position) }) {
                    try await write(MessageView(message))
                }
                guard batch.isEmpty else {
                    silence = .zero
                    continue
                }
                if !follow { return }
                // For a person at a terminal: the bus wakes its subscribers, but a reader of this kind must not join a group.
                try await world.sleep(for: .milliseconds(100))
                silence += .milliseconds(100)
                guard silence >= ControlRoutes.heartbeat else { continue }
                silence = .zero
                try await write(nil)
            }
        }
    }

    func publish(_ order: PublishRequest, to name: String) async throws -> MessageView {
        _ = try await status(of: name)
        let message = Message(
            id: world.makeID(), source: "labctl", type: order.type, subject: order.subject, time: world.now, topic: name,
            partitionKey: order.key ?? order.subject, correlationID: world.makeID(), payload: Data(order.payload.utf8))
        let positions = try await bus.publish([message])
        guard let position = positions.first ?? nil else { throw LabError(.failed, "the log left the message out as a duplicate") }
        return MessageView(LoggedMessage(position: position, message: message))
    }

    /// Every message of some topics from the first one on, page by page.
    /// - Throws: ``LabError`` when the log does not reach back that far any more.
    func replay(_ topics: [Topic]) async throws -> @Sendable () async throws -> [Message] {
        let names = Set(topics.map(\.name))
        let statuses = try await bus.topics().filter { names.contains($0.name) }
        for topic in statuses where topic.partitions.contains(where: { $0.oldest > 0 }) {
            throw LabError(
                .failed, "the log does not reach back to the first message of \(topic.name)", why: "retention has dropped the oldest ones",
                next: "labctl topic info \(topic.name)")
        }
        let pages = LogPages(
            bus: bus, left: statuses.flatMap { topic in topic.partitions.map { .init(topic: topic.name, partition: $0.partition) } })
        return { try await pages.next() }
    }

    func groups() async throws -> [GroupView] {
        try await bus.groups().sorted { $0.name < $1.name }.map { group in
            GroupView(
                name: group.name, generation: group.generation, members: group.members, lag: group.lag, dead_letters: group.deadLetters,
                partitions: group.partitions.map {
                    GroupView.Partition(
                        topic: $0.topic, partition: $0.partition, committed: $0.committed, next: $0.next, lag: $0.lag,
                        in_flight: $0.inFlight,
                        retrying: $0.retrying, member: $0.member)
                })
        }
    }

    private func group(_ name: String) async throws -> GroupStatus {
        let groups = try await bus.groups()
        guard let group = groups.first(where: { $0.name == name }) else {
            throw LabError.unknown("group", name, known: groups.map(\.name), list: "labctl group ls")
        }
        return group
    }

    func seek(_ name: String, _ order: SeekRequest) async throws -> ChangeCount {
        let group = try await group(name)
        let target = try Self.target(order.to)
        let partitions = group.partitions.filter { $0.topic == order.topic }
        guard !partitions.isEmpty else {
            throw LabError.unknown("topic of \(name)", order.topic, known: Set(group.partitions.map(\.topic)).sorted())
        }
        guard group.members.isEmpty else {
            throw LabError(
                .failed, "\(name) has members: \(group.members.joined(separator: ", "))",
                why: "a group can be moved only while nobody consumes",
                next: "labctl stop SERVICE, then again, then labctl start SERVICE")
        }
        if !order.dry_run { try await bus.seek(group: name, topic: order.topic, to: target) }
        return ChangeCount(
            changed: partitions.count, dry_run: order.dry_run,
            detail:
                "\(order.dry_run ? "would move" : "moved") \(name) to \(order.to) in \(Spelling.count(partitions.count, "partition")) of \(order.topic)"
        )
    }

    func remove(_ name: String, _ order: RemoveGroupRequest) async throws -> ChangeCount {
        let group = try await group(name)
        guard group.members.isEmpty else {
            throw LabError(
                .failed, "\(name) has members: \(group.members.joined(separator: ", "))",
                why: "a service of this lab consumes as \(name); only a group that nobody runs any more can be removed")
        }
        if !order.dry_run { try await bus.remove(group: name) }
        return ChangeCount(
            changed: 1, dry_run: order.dry_run,
            detail: "\(order.dry_run ? "would remove" : "removed") \(name), with \(Spelling.count(Int(group.lag), "message")) to read and "
                + Spelling.count(group.deadLetters, "dead letter"))
    }

    private static func target(_ text: String) throws -> SeekTarget {
        switch text {
        case "earliest": return .earliest
        case "latest": return .latest
        default:
            if let offset = UInt64(text) { return .offset(offset) }
            if let time = Timestamp(rfc3339: text) { return .time(time) }
            throw LabError(
                .usage, "\"\(text)\" is no place in a topic", why: "say earliest, latest, an offset, or a time such as 2026-01-01T00:00:00Z"
            )
        }
    }

    func deadLetters(of group: String?) async throws -> [DeadLetterView] {
        try await bus.deadLetters(group: group).map(DeadLetterView.init)
    }

    func retry(_ order: DeadLetterRequest) async throws -> ChangeCount {
        if order.dry_run { return try await count(order) }
        return ChangeCount(changed: try await bus.retryDeadLetters(group: order.group, ids: order.ids), dry_run: false)
    }

    func purge(_ order: DeadLetterRequest) async throws -> ChangeCount {
        if order.dry_run { return try await count(order) }
        return ChangeCount(changed: try await bus.purgeDeadLetters(group: order.group, ids: order.ids), dry_run: false)
    }

    private func count(_ order: DeadLetterRequest) async throws -> ChangeCount {
        let letters = try await bus.deadLetters(group: order.group)
        return ChangeCount(changed: letters.filter { order.ids?.contains($0.id) ?? true }.count, dry_run: true)
    }
}

extension MessageView {
    init(_ logged: LoggedMessage) {
        let message = logged.message
        self.init(
            topic: message.topic, partition: logged.position.partition, offset: logged.position.offset, id: message.id,
            source: message.source,
            type: message.type, subject: message.subject, time: message.time.rfc3339, key: message.partitionKey,
            correlation_id: message.correlationID, causation_id: message.causationID, payload: PayloadText.of(message.payload))
    }
}

extension DeadLetterView {
    init(_ letter: DeadLetter) {
        self.init(
            id: letter.id, group: letter.group, type: letter.message.type, subject: letter.message.subject, topic: letter.position.topic,
            partition: letter.position.partition, offset: letter.position.offset, attempts: letter.attempts,
            first_failure: letter.firstFailure.rfc3339, last_failure: letter.lastFailure.rfc3339, causes: letter.causes,
            payload: PayloadText.of(letter.message.payload))
    }
}

enum PayloadText {
    static func of(_ payload: Data) -> String { String(data: payload, encoding: .utf8) ?? payload.base64EncodedString() }
}
