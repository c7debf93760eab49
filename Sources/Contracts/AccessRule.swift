/// Who may call an endpoint. Checked before the request's body is read.
public enum AccessRule: Sendable, Hashable, CustomStringConvertible {
    case `public`
    /// Anyone with a valid access token.
    case authenticated
    case staff
    /// Anyone with a valid access token gets in; the service itself compares the resource's owner with the principal.
    case ownerOrStaff
    /// A token with at least one of these roles, or staff.
    case roles([String])
    /// Service to service only: no network listener lets such a request in, with or without a token.
    case `internal`

    public var description: String {
        switch self {
        case .public: "public"
        case .authenticated: "authenticated"
        case .staff: "staff"
        case .ownerOrStaff: "owner or staff"
        case .roles(let roles): "roles: " + roles.joined(separator: ", ")
        case .internal: "internal"
        }
    }
}
