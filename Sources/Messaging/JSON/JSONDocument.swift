import Foundation

/// A JSON text read into one flat list of nodes; values stay where they are in the text until somebody asks for them.
///
/// Strict (RFC 8259): no comments, no trailing commas, nothing after the value, UTF-8 only, at most 512 levels deep.
final class JSONDocument {
    enum Kind: UInt8 { case null, `true`, `false`, number, string, escapedString, array, object }

    /// For a string the bytes between the quotes, for a container its first byte only. Members of an object are two nodes each: key, value.
    struct Node {
        let kind: Kind
        let start: Int32
        var end: Int32
        /// Index of the first node that does not belong to this one.
        var next: Int32
        /// Values of an array, members of an object.
        var count: Int32
    }

    struct Malformed: Error { let offset: Int, what: String }

    private static let depthMax = 512
    private let bytes: UnsafeBufferPointer<UInt8>
    private(set) var nodes = [Node]()
    private var offset = 0

    init(_ data: Data) throws(Malformed) {
        let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(1, data.count))
        _ = copy.initialize(from: data)
        bytes = UnsafeBufferPointer(rebasing: copy[0..<data.count])
        nodes.reserveCapacity(16)
        guard data.count < Int32.max else { throw Malformed(offset: 0, what: "the text is too long") }
        try value(depth: 0)
        skipSpace()
        guard offset == bytes.count else { throw malformed("something follows the value") }
    }

    deinit { UnsafeMutablePointer(mutating: bytes.baseAddress)?.deallocate() }

    // MARK: Reading nodes

    func text(_ node: Node) -> String? {
        let span = UnsafeBufferPointer(rebasing: bytes[Int(node.start)..<Int(node.end)])
        return switch node.kind {
        case .string: String(validating: span, as: UTF8.self)
        case .escapedString: JSONEscapes.unescaped(span)
        default: nil
        }
    }

    /// A number as it is written.
    func number(_ node: Node) -> UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: bytes[Int(node.start)..<Int(node.end)]) }

    func hasText(_ node: Node, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        if node.kind == .escapedString { return self.text(node).map { $0.utf8.elementsEqual(text) } ?? false }
        guard Int(node.end - node.start) == text.count, let base = bytes.baseAddress else { return false }
        guard let other = text.baseAddress, text.count > 0 else { return text.count == 0 }
        return memcmp(base + Int(node.start), other, text.count) == 0
    }

    // MARK: Parsing

    private func malformed(_ what: String) -> Malformed { Malformed(offset: offset, what: what) }

    private func skipSpace() {
        while offset < bytes.count {
            let byte = bytes[offset]
            guard byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 else { return }
            offset += 1
        }
    }

    private func value(depth: Int) throws(Malformed) {
        guard depth < Self.depthMax else { throw malformed("the text is nested too deeply") }
        skipSpace()
        guard offset < bytes.count else { throw malformed("the text ends where a value should stand") }
        switch bytes[offset] {
        case UInt8(ascii: "{"): try object(depth)
        case UInt8(ascii: "["): try array(depth)
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "t"): try word("true", .true)
        case UInt8(ascii: "f"): try word("false", .false)
        case UInt8(ascii: "n"): try word("null", .null)
        default: try number()
        }
    }

    private func add(_ kind: Kind, _ start: Int, _ end: Int) {
        nodes.append(Node(kind: kind, start: Int32(start), end: Int32(end), next: Int32(nodes.count + 1), count: 0))
    }

    private func word(_ text: StaticString, _ kind: Kind) throws(Malformed) {
        let count = text.utf8CodeUnitCount
        guard offset + count <= bytes.count, memcmp(bytes.baseAddress! + offset, text.utf8Start, count) == 0 else {
            throw malformed("no value begins like this")
        }
        add(kind, offset, offset + count)
        offset += count
    }

    private func object(_ depth: Int) throws(Malformed) {
        let index = nodes.count
        add(.object, offset, offset)
        offset += 1
        var count: Int32 = 0
        skipSpace()
        if offset < bytes.count, bytes[offset] == UInt8(ascii: "}") {
            offset += 1
        } else {
            while true {
                skipSpace()
                guard offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") else { throw malformed("a key should stand here") }
                try string()
                skipSpace()
                guard offset < bytes.count, bytes[offset] == UInt8(ascii: ":") else { throw malformed("a colon should stand here") }
                offset += 1
                try value(depth: depth + 1)
                count += 1
                if try isLast(UInt8(ascii: "}")) { break }
            }
        }
        nodes[index].count = count
        nodes[index].next = Int32(nodes.count)
    }

    private func array(_ depth: Int) throws(Malformed) {
        let index = nodes.count
        add(.array, offset, offset)
        offset += 1
        var count: Int32 = 0
        skipSpace()
        if offset < bytes.count, bytes[offset] == UInt8(ascii: "]") {
            offset += 1
        } else {
            while true {
                try value(depth: depth + 1)
                count += 1
                if try isLast(UInt8(ascii: "]")) { break }
            }
        }
        nodes[index].count = count
        nodes[index].next = Int32(nodes.count)
    }

    private func isLast(_ close: UInt8) throws(Malformed) -> Bool {
        skipSpace()
        guard offset < bytes.count else { throw malformed("the text ends inside a container") }
        let byte = bytes[offset]
        guard byte == close || byte == UInt8(ascii: ",") else { throw malformed("a comma or the container's end should stand here") }
        offset += 1
        return byte == close
    }

    private func string() throws(Malformed) {
        offset += 1
        let start = offset
        var hasEscapes = false
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte == UInt8(ascii: "\"") {
                add(hasEscapes ? .escapedString : .string, start, offset)
                offset += 1
                return
            }
            guard byte >= 0x20 else { throw malformed("a control character in a string must be escaped") }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                offset += 1
            }
            offset += 1
        }
        throw malformed("the text ends inside a string")
    }

    private func number() throws(Malformed) {
        let start = offset
        func digits() -> Int {
            let first = offset
            while offset < bytes.count, bytes[offset] >= 0x30, bytes[offset] <= 0x39 { offset += 1 }
            return offset - first
        }
        func has(_ byte: UInt8) -> Bool { offset < bytes.count && bytes[offset] == byte }
        if has(UInt8(ascii: "-")) { offset += 1 }
        let hasLeadingZero = has(UInt8(ascii: "0"))
        let count = digits()
        guard count == 1 || (count > 1 && !hasLeadingZero) else { throw malformed("no value begins like this") }
        if has(UInt8(ascii: ".")) {
            offset += 1
            guard digits() > 0 else { throw malformed("a digit should stand here") }
        }
        if has(UInt8(ascii: "e")) || has(UInt8(ascii: "E")) {
            offset += 1
            if has(UInt8(ascii: "+")) || has(UInt8(ascii: "-")) { offset += 1 }
            guard digits() > 0 else { throw malformed("a digit should stand here") }
        }
        add(.number, start, offset)
    }
}
