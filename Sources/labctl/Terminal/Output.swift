import Foundation

/// Prints a value as JSON for programs or as text for people.
struct Output {
    let isJSON: Bool

    /// One document.
    func show(_ value: some Encodable, _ text: () throws -> Void) rethrows {
        if isJSON { Terminal.line(Self.text(of: value, pretty: true)) } else { try text() }
    }

    /// One line of a stream: NDJSON.
    func stream(_ value: some Encodable, _ text: () -> String) {
        Terminal.line(isJSON ? Self.text(of: value, pretty: false) : text())
    }

    static func text(of value: some Encodable, pretty: Bool) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            pretty ? [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes] : [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { return "{}" }  // the views hold nothing that cannot be encoded
        return String(decoding: data, as: UTF8.self)
    }
}
