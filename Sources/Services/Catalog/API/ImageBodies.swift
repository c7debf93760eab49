import Contracts

/// Body of a new image. The file lies elsewhere: the catalog keeps its address.
public struct AddImage: Codable, Sendable, Hashable {
    /// `https://…`, `http://…` or an absolute path.
    public var url: String
    /// What the image shows, for those who do not see it.
    public var alt: String?
    /// 0 is the first place; absent: the last.
    public var position: Int?

    public init(url: String, alt: String? = nil, position: Int? = nil) {
        self.url = url
        self.alt = alt
        self.position = position
    }
}

extension AddImage: Validatable {
    public func validate(_ check: inout Validation) {
        check.length(url, in: 1...2_000, field: "url")
        check.require(
            ["https://", "http://", "/"].contains { url.hasPrefix($0) }, field: "url", "must begin with https://, http:// or /")
        check.length(alt, in: 0...500, field: "alt", form: .lines)
        check.range(position, in: 0...CatalogLimits.imagesMax, field: "position")
    }
}

/// What to change of an image; absent fields stay as they are.
public struct UpdateImage: Codable, Sendable, Hashable {
    public var alt: String?
    public var position: Int?

    public init(alt: String? = nil, position: Int? = nil) {
        self.alt = alt
        self.position = position
    }
}

extension UpdateImage: Validatable {
    public func validate(_ check: inout Validation) {
        check.length(alt, in: 0...500, field: "alt", form: .lines)
        check.range(position, in: 0...CatalogLimits.imagesMax, field: "position")
    }
}
