import Contracts

/// Whether notifications of a kind reach a user on a channel.
public struct Preference: Codable, Sendable, Hashable, Validatable {
    /// `*` stands for every kind that has no preference of its own.
    public var kind: String
    public var channel: NotificationChannel
    public var enabled: Bool

    public init(kind: String, channel: NotificationChannel, enabled: Bool) {
        self.kind = kind
        self.channel = channel
        self.enabled = enabled
    }

    public func validate(_ check: inout Validation) { check.length(kind, in: 1...100, field: "kind") }
}

public struct PreferenceList: Codable, Sendable, Hashable {
    public var user_id: String
    public var preferences: [Preference]

    public init(user_id: String, preferences: [Preference]) {
        self.user_id = user_id
        self.preferences = preferences
    }
}

public struct SetPreferences: Codable, Sendable, Hashable, Validatable {
    public var preferences: [Preference]

    public init(preferences: [Preference]) { self.preferences = preferences }

    public func validate(_ check: inout Validation) {
        check.require((1...200).contains(preferences.count), field: "preferences", "must have 1 to 200 entries")
        check.each("preferences", preferences)
    }
}
