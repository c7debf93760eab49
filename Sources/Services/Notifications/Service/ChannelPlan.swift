import NotificationsAPI

/// Which channels a notification takes: asked for or by default, less what the user does not want. Pure.
struct ChannelPlan: Sendable, Hashable {
    /// Taken, in the order of ``NotificationChannel``.
    var wanted: [NotificationChannel]
    /// Asked for or usual, and switched off by the user.
    var suppressed: [NotificationChannel]

    /// Channels of a kind when nobody says anything else. SMS and push are opt-in.
    static let usual: [NotificationChannel] = [.email, .in_app]

    /// - Parameters:
    ///   - requested: the channels that were asked for; nil for the usual ones and those the user has switched on.
    ///   - available: the channels that have a template of this kind. Decides only what nobody asked for.
    init(kind: String, requested: [NotificationChannel]?, available: Set<NotificationChannel>, preferences: ChannelPreferences) {
        wanted = []
        suppressed = []
        for channel in NotificationChannel.allCases {
            let choice = preferences.choice(kind: kind, channel: channel)
            if let requested {
                guard requested.contains(channel) else { continue }
            } else {
                guard available.contains(channel), Self.usual.contains(channel) || choice == true else { continue }
            }
            if choice ?? true { wanted.append(channel) } else { suppressed.append(channel) }
        }
    }
}

/// What one user has chosen: a choice for a kind goes before the choice for all kinds.
struct ChannelPreferences: Sendable, Hashable {
    static let allKinds = "*"

    private struct Key: Hashable {
        let kind: String
        let channel: NotificationChannel
    }
    private var choices = [Key: Bool]()

    init(_ preferences: [Preference] = []) {
        for preference in preferences { choices[Key(kind: preference.kind, channel: preference.channel)] = preference.enabled }
    }

    /// Nil when the user has not chosen.
    func choice(kind: String, channel: NotificationChannel) -> Bool? {
        choices[Key(kind: kind, channel: channel)] ?? choices[Key(kind: Self.allKinds, channel: channel)]
    }

    /// Whether a notification of `kind` reaches the user on `channel` when nobody asks for a channel.
    func isEnabled(kind: String, channel: NotificationChannel) -> Bool {
        choice(kind: kind, channel: channel) ?? ChannelPlan.usual.contains(channel)
    }
}
