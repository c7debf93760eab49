/// What `labctl topic`, `group`, `dlq`, `outbox` and `inbox` show.
public struct TopicView: Codable, Sendable {
    public struct Partition: Codable, Sendable {
        public var partition: Int
        public var oldest: UInt64
        public var next: UInt64
    }
    public var name: String
    public var owner: String?
    /// Messages kept, over all partitions.
    public var messages: UInt64
    public var partitions: [Partition]
    public var types: [TypeView]

    public struct TypeView: Codable, Sendable {
        public var name: String
        public var summary: String
    }
}

/// A message of the log as people read it.
public struct MessageView: Codable, Sendable {
    public var topic: String
    public var partition: Int
    public var offset: UInt64
    public var id: String
    public var source: String
    public var type: String
    public var subject: String
    public var time: String
    public var key: String
    public var correlation_id: String?
    public var causation_id: String?
    /// The payload's text; base 64 when it is none.
    public var payload: String
}

public struct PublishRequest: Codable, Sendable {
    public var type: String
    public var subject: String
    public var key: String?
    public var payload: String
    public init(type: String, subject: String, key: String?, payload: String) {
        self.type = type
        self.subject = subject
        self.key = key
        self.payload = payload
    }
}

public struct GroupView: Codable, Sendable {
    public struct Partition: Codable, Sendable {
        public var topic: String
        public var partition: Int
        public var committed: UInt64
        public var next: UInt64
        public var lag: UInt64
        public var in_flight: Int
        public var retrying: Int
        public var member: String?
    }
    public var name: String
    public var generation: UInt64
    public var members: [String]
    public var lag: UInt64
    public var dead_letters: Int
    public var partitions: [Partition]
}

public struct SeekRequest: Codable, Sendable {
    public var topic: String
    /// `earliest`, `latest`, an offset, or an RFC 3339 time.
    public var to: String
    public var dry_run: Bool
    public init(topic: String, to: String, dry_run: Bool) {
        self.topic = topic
        self.to = to
        self.dry_run = dry_run
    }
}

public struct RemoveGroupRequest: Codable, Sendable {
    public var dry_run: Bool
    public init(dry_run: Bool) { self.dry_run = dry_run }
}

public struct DeadLetterView: Codable, Sendable {
    public var id: String
    public var group: String
    public var type: String
    public var subject: String
    public var topic: String
    public var partition: Int
    public var offset: UInt64
    public var attempts: Int
    public var first_failure: String
    public var last_failure: String
    public var causes: [String]
    public var payload: String
}

public struct DeadLetterRequest: Codable, Sendable {
    public var group: String
    /// Nil: all of the group.
    public var ids: [String]?
    public var dry_run: Bool
    public init(group: String, ids: [String]?, dry_run: Bool) {
        self.group = group
        self.ids = ids
        self.dry_run = dry_run
    }
}

/// How many things were, or with `dry_run` would be, changed.
public struct ChangeCount: Codable, Sendable {
    public var changed: Int
    public var dry_run: Bool
    public var detail: String?
}

/// How much waits in a service's outbox, and what is next.
public struct OutboxView: Codable, Sendable {
    public var service: String
    /// Rows that the log does not have yet.
    public var waiting: Int
    /// Rows the log has, deleted with the service's next write.
    public var relayed: Int
    public var rows: [Row]
    public struct Row: Codable, Sendable {
        public var id: Int64
        public var topic: String
        public var type: String
        public var subject: String
        public var time: String
    }
}

/// Messages that a service's groups have taken, newest first.
public struct InboxView: Codable, Sendable {
    public var service: String
    public var group: String
    public var messages: Int
    public var last_message_id: String?
    public var last_received_at: String?
}
