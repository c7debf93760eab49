import Runtime

/// The whole state of an account after a change: what every `User.*` event carries.
public struct UserState: Codable, Sendable, Hashable {
    public var user_id: Int64
    public var email: String
    public var full_name: String
    public var roles: [String]
    public var is_active: Bool
    /// 1 when the account was opened, one more with every change; a reader keeps the highest it has seen. Log-ins do not count.
    public var revision: Int64
    public var at: Timestamp

    public init(
        user_id: Int64, email: String, full_name: String, roles: [String], is_active: Bool, revision: Int64, at: Timestamp
    ) {
        self.user_id = user_id
        self.email = email
        self.full_name = full_name
        self.roles = roles
        self.is_active = is_active
        self.revision = revision
        self.at = at
    }
}

/// An access token that must be refused from now on.
public struct SessionRevoked: Codable, Sendable, Hashable {
    /// The token's `jti`.
    public var token_id: String
    /// When the token would have expired; nobody needs to remember it longer.
    public var expires_at: Timestamp

    public init(token_id: String, expires_at: Timestamp) {
        self.token_id = token_id
        self.expires_at = expires_at
    }
}
