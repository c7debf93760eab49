/// Values of an array, one after the other.
struct JSONArrayReader: UnkeyedDecodingContainer {
    let document: JSONDocument
    let path: JSONPath?
    private let values: Int
    private var index: Int
    private(set) var currentIndex = 0

    init(document: JSONDocument, index: Int, path: JSONPath?) {
        self.document = document
        self.path = path
        values = Int(document.nodes[index].count)
        self.index = index + 1
    }

    var codingPath: [any CodingKey] { path.keys }
    var count: Int? { values }
    var isAtEnd: Bool { currentIndex >= values }

    private func decoder(_ type: Any.Type) throws -> JSONTextDecoder {
        let place = path.at(JSONIndex(intValue: currentIndex))
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(type, .init(codingPath: place.keys, debugDescription: "The array has \(values) values only."))
        }
        return JSONTextDecoder(document: document, index: index, place: place)
    }

    private mutating func advance() {
        index = Int(document.nodes[index].next)
        currentIndex += 1
    }

    mutating func decodeNil() throws -> Bool {
        guard try decoder(Never.self).decodeNil() else { return false }
        advance()
        return true
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        let value = try decoder(type).value(type)
        advance()
        return value
    }

    mutating func nestedContainer<Nested>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
        let container = try decoder([String: Any].self).container(keyedBy: type)
        advance()
        return container
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        let container = try decoder([Any].self).unkeyedContainer()
        advance()
        return container
    }

    mutating func superDecoder() throws -> any Decoder {
        let decoder = try decoder(Never.self)
        advance()
        return decoder
    }
}
