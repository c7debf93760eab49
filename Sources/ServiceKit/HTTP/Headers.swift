/// HTTP header fields: names compare without regard to case, the order is kept, a name may come several times.
public struct Headers: Sendable, Hashable, ExpressibleByDictionaryLiteral, Sequence {
    public struct Field: Sendable, Hashable {
        public let name: String
        public var value: String
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    private var fields: [Field]

    public init() { fields = [] }
    public init(dictionaryLiteral elements: (String, String)...) { fields = elements.map { Field(name: $0.0, value: $0.1) } }
    /// In the order of the names, so that equal dictionaries give equal headers.
    public init(_ dictionary: [String: String]) {
        fields = dictionary.sorted { $0.key < $1.key }.map { Field(name: $0.key, value: $0.value) }
    }

    /// The first value of `name`. Setting replaces all of them; nil removes them.
    public subscript(name: String) -> String? {
        get {
            for field in fields where Self.same(field.name, name) { return field.value }
            return nil
        }
        set {
            guard let index = fields.firstIndex(where: { Self.same($0.name, name) }) else {
                if let newValue { fields.append(Field(name: name, value: newValue)) }
                return
            }
            if let newValue {
                fields[index].value = newValue
                if fields.count > index + 1 { fields[(index + 1)...].removeAll { Self.same($0.name, name) } }
            } else {
                fields.removeAll { Self.same($0.name, name) }
            }
        }
    }

    public mutating func add(_ name: String, _ value: String) { fields.append(Field(name: name, value: value)) }
    public func values(of name: String) -> [String] { fields.filter { Self.same($0.name, name) }.map(\.value) }
    public mutating func reserveCapacity(_ count: Int) { fields.reserveCapacity(count) }
    public mutating func remove(_ name: String) { self[name] = nil }

    public var count: Int { fields.count }
    public func makeIterator() -> IndexingIterator<[Field]> { fields.makeIterator() }

    /// The first value of each name.
    public var dictionary: [String: String] { Dictionary(fields.map { ($0.name, $0.value) }) { first, _ in first } }

    static func same(_ a: String, _ b: String) -> Bool {
        let a = a.utf8
        let b = b.utf8
        guard a.count == b.count else { return false }
        var other = b.makeIterator()
        for byte in a {
            guard lower(byte) == lower(other.next()!) else { return false }
        }
        return true
    }

    @inline(__always) private static func lower(_ byte: UInt8) -> UInt8 { byte >= 65 && byte <= 90 ? byte | 0x20 : byte }
}
