/// Who a request is made for: taken from a verified access token at the edge, handed on between services.
public struct Principal: Sendable, Hashable {
    public let userID: String
    public let roles: Set<String>
    /// When and by which identifier the token can be revoked; nil for tokens without one.
    public let tokenID: String?

    public init(userID: String, roles: Set<String> = [], tokenID: String? = nil) {
        self.userID = userID
        self.roles = roles
        self.tokenID = tokenID
    }

    public static let staffRole = "staff"
    public var isStaff: Bool { roles.contains(Self.staffRole) }

    public func hasAny(of wanted: [String]) -> Bool { isStaff || wanted.contains { roles.contains($0) } }

    /// As trusted callers write it on requests between services.
    func write(to headers: inout Headers) {
        headers["X-User-ID"] = userID
        headers["X-User-Roles"] = roles.isEmpty ? nil : roles.sorted().joined(separator: ",")
    }

    init?(headers: Headers) {
        guard let userID = headers["X-User-ID"], !userID.isEmpty else { return nil }
        let roles = headers["X-User-Roles"]?.split(separator: ",").map { String($0) } ?? []
        self.init(userID: userID, roles: Set(roles))
    }
}
