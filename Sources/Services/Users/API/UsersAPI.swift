import Contracts
import Messaging

/// What others may know about the users service: its endpoints, its events and their payloads, each declared once.
///
///     let user = try await users.call(UsersAPI.internalUser, path: ["id": "1"], cause: cause)
public enum UsersAPI: ServiceAPI {
    public static let name = "users"
    public static let summary = "Accounts, roles, profiles and settings; log-in with access and refresh tokens."

    public static var endpoints: [EndpointDeclaration] { accounts + sessions + personal + [internalUser.declaration] }

    /// Keyed by user id.
    public static let events = Topic("user-events")

    public static let topics = [events]

    public static var messages: [MessageDeclaration] {
        [
            MessageDeclaration(registered), MessageDeclaration(updated), MessageDeclaration(deactivated), MessageDeclaration(loggedIn),
            MessageDeclaration(sessionRevoked),
        ]
    }
}

// MARK: - Events

extension UsersAPI {
    public static let registered = MessageType<UserState>("User.Registered.v1", on: events, "An account was opened.")
    public static let updated = MessageType<UserState>(
        "User.Updated.v1", on: events, "An account's e-mail, name or roles changed, or it is active again.")
    public static let deactivated = MessageType<UserState>(
        "User.Deactivated.v1", on: events, "An account was closed: it cannot log in and its sessions have ended.")
    public static let loggedIn = MessageType<UserState>("User.LoggedIn.v1", on: events, "Somebody logged in to an account.")
    public static let sessionRevoked = MessageType<SessionRevoked>(
        "Session.Revoked.v1", on: events, "An access token is void before its time; whoever verifies tokens must refuse it.")
}
