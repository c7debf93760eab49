/// One page of a list: `{"items": […], "next_cursor": …}`; the cursor is null on the last page.
public struct Page<Item: Codable & Sendable>: Codable, Sendable {
    public var items: [Item]
    public var next_cursor: String?

    public init(items: [Item], next_cursor: String? = nil) {
        self.items = items
        self.next_cursor = next_cursor
    }

    private enum CodingKeys: String, CodingKey { case items, next_cursor }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(items, forKey: .items)
        // Written as null, not left out: clients test the field, not its presence.
        try container.encode(next_cursor, forKey: .next_cursor)
    }
}

extension Page: Equatable where Item: Equatable {}
extension Page: Hashable where Item: Hashable {}
