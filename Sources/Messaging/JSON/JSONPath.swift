/// Where in a document a container stands; read only for errors.
final class JSONPath {
    let place: JSONPlace
    init(_ place: JSONPlace) { self.place = place }
}

/// Where in a document a value stands. Costs nothing until a container is made there.
struct JSONPlace {
    let container: JSONPath?
    let key: (any CodingKey)?

    static var root: JSONPlace { JSONPlace(container: nil, key: nil) }

    var keys: [any CodingKey] {
        guard let key else { return [] }
        return container.keys + [key]
    }
}

extension JSONPath? {
    var keys: [any CodingKey] { self?.place.keys ?? [] }
    func at(_ key: any CodingKey) -> JSONPlace { JSONPlace(container: self, key: key) }
}

/// A place in an array.
struct JSONIndex: CodingKey {
    let intValue: Int?
    var stringValue: String { intValue.map { "Index \($0)" } ?? "" }

    init(intValue: Int) { self.intValue = intValue }
    init?(stringValue: String) { nil }
}
