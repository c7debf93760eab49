/// Where a text stops being JSON (RFC 8259), for error messages: Foundation's decoder on Linux says only that it is not valid.
///
/// Used after decoding has failed, never before.
struct JSONSyntax {
    struct Mistake: Error, Equatable, CustomStringConvertible {
        /// Both from 1; the column counts characters.
        let line: Int
        let column: Int
        let expected: String
        var description: String { "line \(line), column \(column): \(expected)" }
    }

    private struct Stop: Error { let expected: String }

    private let bytes: [UInt8]
    private var index = 0
    private var depth = 0
    static let depthMax = 512

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The first mistake; nil when the text is JSON.
    static func mistake(in bytes: [UInt8]) -> Mistake? {
        var syntax = JSONSyntax(bytes)
        do {
            try syntax.value()
            syntax.blanks()
            guard syntax.index == bytes.count else { throw Stop(expected: "nothing may follow the value") }
            return nil
        } catch {
            let before = bytes[..<min(syntax.index, bytes.count)]
            let lineStart = before.lastIndex(of: 10).map { $0 + 1 } ?? 0
            // Continuation bytes of UTF-8 do not start a character.
            let column = before[lineStart...].filter { $0 & 0xC0 != 0x80 }.count + 1
            return Mistake(line: before.filter { $0 == 10 }.count + 1, column: column, expected: (error as? Stop)?.expected ?? "")
        }
    }

    private var byte: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func blanks() {
        while let byte, byte == 32 || byte == 9 || byte == 10 || byte == 13 { index += 1 }
    }

    private mutating func value() throws {
        blanks()
        switch byte {
        case UInt8(ascii: "{"): try members()
        case UInt8(ascii: "["): try elements()
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"): try word("null")
        case nil: throw Stop(expected: "the body ends where a value is expected")
        case .some(let byte):
            guard byte == UInt8(ascii: "-") || (48...57).contains(byte) else { throw Stop(expected: "a value is expected") }
            try number()
        }
    }

    private mutating func members() throws {
        try enter()
        if try closes(UInt8(ascii: "}")) { return }
        while true {
            blanks()
            guard byte == UInt8(ascii: "\"") else { throw Stop(expected: "a name in double quotes is expected") }
            try string()
            blanks()
            guard byte == UInt8(ascii: ":") else { throw Stop(expected: "a colon is expected after the name") }
            index += 1
            try value()
            if try next(closing: UInt8(ascii: "}"), "a comma or } is expected") { return }
        }
    }

    private mutating func elements() throws {
        try enter()
        if try closes(UInt8(ascii: "]")) { return }
        while true {
            try value()
            if try next(closing: UInt8(ascii: "]"), "a comma or ] is expected") { return }
        }
    }

    private mutating func enter() throws {
        depth += 1
        guard depth <= Self.depthMax else { throw Stop(expected: "nested more than \(Self.depthMax) deep") }
        index += 1
    }

    private mutating func closes(_ bracket: UInt8) throws -> Bool {
        blanks()
        guard byte == bracket else { return false }
        index += 1
        depth -= 1
        return true
    }

    private mutating func next(closing bracket: UInt8, _ expected: String) throws -> Bool {
        if try closes(bracket) { return true }
        guard byte == UInt8(ascii: ",") else { throw Stop(expected: expected) }
        index += 1
        return false
    }

    private mutating func string() throws {
        index += 1
        while let byte {
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                return
            case UInt8(ascii: "\\"):
                index += 1
                guard let escape = self.byte, "\"\\/bfnrtu".utf8.contains(escape) else { throw Stop(expected: "not an escape sequence") }
                index += 1
                guard escape == UInt8(ascii: "u") else { continue }
                for _ in 0..<4 {
                    guard let digit = self.byte, isHex(digit) else { throw Stop(expected: "four hexadecimal digits are expected") }
                    index += 1
                }
            case 0..<32: throw Stop(expected: "control characters must be escaped in strings")
            default: index += 1
            }
        }
        throw Stop(expected: "the body ends within a string")
    }

    private mutating func number() throws {
        if byte == UInt8(ascii: "-") { index += 1 }
        if byte == UInt8(ascii: "0") { index += 1 } else { try digits() }
        if byte == UInt8(ascii: ".") {
            index += 1
            try digits()
        }
        if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            index += 1
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { index += 1 }
            try digits()
        }
    }

    private mutating func digits() throws {
        let first = index
        while let byte, (48...57).contains(byte) { index += 1 }
        guard index > first else { throw Stop(expected: "a digit is expected") }
    }

    private mutating func word(_ word: String) throws {
        for letter in word.utf8 {
            guard byte == letter else { throw Stop(expected: "a value is expected") }
            index += 1
        }
    }

    private func isHex(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (65...70).contains(byte) || (97...102).contains(byte) }
}
