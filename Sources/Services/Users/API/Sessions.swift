import Contracts

public struct LogIn: Codable, Sendable, Hashable, Validatable {
    public var email: String
    public var password: String

    public init(email: String, password: String) {
        self.email = email
        self.password = password
    }

    // No rule for the form of either: what cannot be right is answered like what is wrong. The bounds keep the work bounded.
    public func validate(_ check: inout Validation) {
        check.require((1...254).contains(email.utf8.count), field: "email", "must have 1 to 254 bytes")
        check.require((1...512).contains(password.utf8.count), field: "password", "must have 1 to 512 bytes")
    }
}

public struct RefreshTokens: Codable, Sendable, Hashable, Validatable {
    public var refresh_token: String

    public init(refresh_token: String) { self.refresh_token = refresh_token }

    public func validate(_ check: inout Validation) {
        check.require((1...256).contains(refresh_token.utf8.count), field: "refresh_token", "must have 1 to 256 bytes")
    }
}

/// Ends the session of the access token in `Authorization`.
public struct LogOut: Codable, Sendable, Hashable {
    /// Ends every session of the account. False by default.
    public var everywhere: Bool?

    public init(everywhere: Bool? = nil) { self.everywhere = everywhere }
}

public struct LoggedOut: Codable, Sendable, Hashable {
    public var sessions_ended: Int

    public init(sessions_ended: Int) { self.sessions_ended = sessions_ended }
}

/// The answer to a log-in or a refresh (RFC 6749, section 5.1).
public struct TokenPair: Codable, Sendable, Hashable {
    public var access_token: String
    /// `Bearer`.
    public var token_type: String
    /// Seconds.
    public var expires_in: Int
    public var refresh_token: String
    /// Seconds.
    public var refresh_expires_in: Int
    public var user: UserView

    public init(
        access_token: String, token_type: String = "Bearer", expires_in: Int, refresh_token: String, refresh_expires_in: Int, user: UserView
    ) {
        self.access_token = access_token
        self.token_type = token_type
        self.expires_in = expires_in
        self.refresh_token = refresh_token
        self.refresh_expires_in = refresh_expires_in
        self.user = user
    }
}
