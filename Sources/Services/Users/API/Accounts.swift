import Contracts
import Runtime

/// Opens an account.
public struct RegisterUser: Codable, Sendable, Hashable, Validatable {
    /// Unique, whatever the case of its letters. 3 to 254 characters.
    public var email: String
    public var full_name: String
    /// 8 to 128 characters; nil for an account that cannot log in.
    public var password: String?

    public init(email: String, full_name: String, password: String? = nil) {
        self.email = email
        self.full_name = full_name
        self.password = password
    }

    public func validate(_ check: inout Validation) {
        check.require(EmailAddress(email) != nil, field: "email", EmailAddress.rule)
        check.length(full_name, in: 1...200, field: "full_name")
        if let password {
            check.require((8...128).contains(password.unicodeScalars.count), field: "password", "must have 8 to 128 characters")
        }
    }
}

/// Changes an account; nil leaves a field as it is.
public struct PatchUser: Codable, Sendable, Hashable, Validatable {
    public var email: String?
    public var full_name: String?

    public init(email: String? = nil, full_name: String? = nil) {
        self.email = email
        self.full_name = full_name
    }

    public func validate(_ check: inout Validation) {
        if let email { check.require(EmailAddress(email) != nil, field: "email", EmailAddress.rule) }
        check.length(full_name, in: 1...200, field: "full_name")
    }
}

/// Replaces an account's roles.
public struct GrantRoles: Codable, Sendable, Hashable, Validatable {
    public var roles: [String]

    public init(roles: [String]) { self.roles = roles }

    public func validate(_ check: inout Validation) {
        check.require(!roles.isEmpty, field: "roles", "must name at least one role")
        for (index, role) in roles.prefix(32).enumerated() {
            check.require(Role(rawValue: role) != nil, field: "roles[\(index)]", "must be one of \(Role.list)")
        }
    }
}

/// What an account may do.
public enum Role: String, Codable, Sendable, Hashable, CaseIterable {
    case buyer, freelancer, seller, moderator, staff

    static let list = allCases.map(\.rawValue).joined(separator: ", ")
}

/// An account as its owner and staff see it.
public struct UserView: Codable, Sendable, Hashable {
    public var id: Int64
    public var email: String
    public var full_name: String
    public var roles: [String]
    public var is_active: Bool
    public var created_at: Timestamp
    public var updated_at: Timestamp

    public init(
        id: Int64, email: String, full_name: String, roles: [String], is_active: Bool, created_at: Timestamp, updated_at: Timestamp
    ) {
        self.id = id
        self.email = email
        self.full_name = full_name
        self.roles = roles
        self.is_active = is_active
        self.created_at = created_at
        self.updated_at = updated_at
    }
}

/// An account as other services see it.
public struct InternalUser: Codable, Sendable, Hashable {
    public var id: Int64
    public var email: String
    public var full_name: String
    public var roles: [String]
    public var is_active: Bool

    public init(id: Int64, email: String, full_name: String, roles: [String], is_active: Bool) {
        self.id = id
        self.email = email
        self.full_name = full_name
        self.roles = roles
        self.is_active = is_active
    }
}
