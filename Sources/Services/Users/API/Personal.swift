import Contracts
import Runtime

/// Replaces a profile; what is left out becomes empty.
public struct SetProfile: Codable, Sendable, Hashable, Validatable {
    public var bio: String?
    public var phone: String?
    public var city: String?
    /// ISO 3166-1 alpha-2, such as `BR`.
    public var country: String?
    /// BCP 47, such as `pt-BR`.
    public var language: String?
    public var avatar_url: String?

    public init(
        bio: String? = nil, phone: String? = nil, city: String? = nil, country: String? = nil, language: String? = nil,
        avatar_url: String? = nil
    ) {
        self.bio = bio
        self.phone = phone
        self.city = city
        self.country = country
        self.language = language
        self.avatar_url = avatar_url
    }

    public func validate(_ check: inout Validation) {
        check.length(bio, in: 0...2000, field: "bio", form: .lines)
        check.length(phone, in: 0...32, field: "phone")
        check.length(city, in: 0...100, field: "city")
        if let country {
            check.require(
                country.utf8.count == 2 && country.utf8.allSatisfy { (65...90).contains($0) }, field: "country",
                "must be two capital letters (ISO 3166-1), such as BR")
        }
        check.length(language, in: 0...35, field: "language")
        if let avatar_url {
            check.require(
                avatar_url.hasPrefix("https://") || avatar_url.hasPrefix("http://"), field: "avatar_url",
                "must be an http or https address")
            check.length(avatar_url, in: 0...500, field: "avatar_url")
        }
    }
}

public struct ProfileView: Codable, Sendable, Hashable {
    public var user_id: Int64
    public var bio: String?
    public var phone: String?
    public var city: String?
    public var country: String?
    public var language: String?
    public var avatar_url: String?
    /// Nil for a profile that was never set.
    public var updated_at: Timestamp?

    public init(
        user_id: Int64, bio: String? = nil, phone: String? = nil, city: String? = nil, country: String? = nil, language: String? = nil,
        avatar_url: String? = nil, updated_at: Timestamp? = nil
    ) {
        self.user_id = user_id
        self.bio = bio
        self.phone = phone
        self.city = city
        self.country = country
        self.language = language
        self.avatar_url = avatar_url
        self.updated_at = updated_at
    }
}

/// What the text of a setting's value means.
public enum SettingType: String, Codable, Sendable, Hashable, CaseIterable {
    case string, integer, decimal, boolean

    /// Whether `text` is a value of this type, in the one form it has: `true`, `-12`, `3.50`.
    public func accepts(_ text: String) -> Bool {
        switch self {
        case .string: true
        case .integer: Int64(text).map { String($0) == text } ?? false
        case .decimal: Self.isDecimal(text)
        case .boolean: text == "true" || text == "false"
        }
    }

    private static func isDecimal(_ text: String) -> Bool {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        return (1...2).contains(parts.count) && digits.utf8.count <= 40
            && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }
    }
}

/// Sets one setting. The value is text, checked against the type.
public struct SetSetting: Codable, Sendable, Hashable, Validatable {
    /// `string` by default.
    public var type: String?
    public var value: String

    public init(type: SettingType? = nil, value: String) {
        self.type = type?.rawValue
        self.value = value
    }

    public func validate(_ check: inout Validation) {
        guard let type = SettingType(rawValue: type ?? "string") else {
            check.require(false, field: "type", "must be one of \(SettingType.allCases.map(\.rawValue).joined(separator: ", "))")
            return
        }
        check.require(type.accepts(value), field: "value", "must be a value of type \(type.rawValue)")
        check.length(value, in: 0...2000, field: "value", form: .lines)
    }
}

public struct SettingView: Codable, Sendable, Hashable {
    public var key: String
    public var type: String
    public var value: String
    public var updated_at: Timestamp

    public init(key: String, type: String, value: String, updated_at: Timestamp) {
        self.key = key
        self.type = type
        self.value = value
        self.updated_at = updated_at
    }
}

public struct SettingList: Codable, Sendable, Hashable {
    public var items: [SettingView]

    public init(items: [SettingView]) { self.items = items }
}

/// One entry of an account's activity log.
public struct ActivityView: Codable, Sendable, Hashable {
    public var id: Int64
    /// `registered`, `updated`, `deactivated`, `activated`, `roles_granted`, `logged_in`, `logged_out`, `session_revoked`.
    public var kind: String
    public var detail: String?
    public var at: Timestamp

    public init(id: Int64, kind: String, detail: String? = nil, at: Timestamp) {
        self.id = id
        self.kind = kind
        self.detail = detail
        self.at = at
    }
}
