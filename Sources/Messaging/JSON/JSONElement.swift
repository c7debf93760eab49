/// A JSON value while it is being written: text that is done, or a container whose members may still grow.
enum JSONElement {
    /// Bytes of ``JSONText/bytes``.
    case text(Range<Int>)
    case object(JSONObject)
    case array(JSONArray)
}

final class JSONObject {
    var members = [(key: String, value: JSONElement)]()
}

final class JSONArray {
    var values = [JSONElement]()
}

/// The scalars of one document, written once, in the order in which they come; containers refer to them.
final class JSONText {
    private(set) var bytes = [UInt8]()
    private static let hex = Array("0123456789abcdef".utf8)

    init() { bytes.reserveCapacity(512) }

    func add(word text: StaticString) -> JSONElement {
        let start = bytes.count
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        return .text(start..<bytes.count)
    }

    func add(number: String) -> JSONElement {
        let start = bytes.count
        bytes.append(contentsOf: number.utf8)
        return .text(start..<bytes.count)
    }

    func add(_ value: Int64) -> JSONElement {
        let start = bytes.count
        var magnitude = value.magnitude
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        let first = bytes.count
        repeat {
            let (quotient, digit) = magnitude.quotientAndRemainder(dividingBy: 10)
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit))
            magnitude = quotient
        } while magnitude > 0
        bytes[first...].reverse()
        return .text(start..<bytes.count)
    }

    func add(_ text: String) -> JSONElement {
        let start = bytes.count
        Self.append(text, to: &bytes)
        return .text(start..<bytes.count)
    }

    /// With quotes; only what must be escaped is.
    static func append(_ text: String, to bytes: inout [UInt8]) {
        var text = text
        bytes.append(UInt8(ascii: "\""))
        text.withUTF8 { characters in
            var done = 0
            for index in characters.indices {
                let character = characters[index]
                guard character < 0x20 || character == UInt8(ascii: "\"") || character == UInt8(ascii: "\\") else { continue }
                bytes.append(contentsOf: characters[done..<index])
                done = index + 1
                bytes.append(UInt8(ascii: "\\"))
                switch character {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(character)
                case 0x08: bytes.append(UInt8(ascii: "b"))
                case 0x09: bytes.append(UInt8(ascii: "t"))
                case 0x0a: bytes.append(UInt8(ascii: "n"))
                case 0x0c: bytes.append(UInt8(ascii: "f"))
                case 0x0d: bytes.append(UInt8(ascii: "r"))
                default:
                    bytes.append(contentsOf: "u00".utf8)
                    bytes.append(hex[Int(character >> 4)])
                    bytes.append(hex[Int(character & 15)])
                }
            }
            bytes.append(contentsOf: characters[done...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Writes `element` out: members in the order of their keys, nothing between tokens.
    func write(_ element: JSONElement, to output: inout [UInt8]) {
        switch element {
        case .text(let range): output.append(contentsOf: bytes[range])
        case .object(let object):
            if object.members.count > 1 { object.members.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) } }
            output.append(UInt8(ascii: "{"))
            var isFirst = true
            for member in object.members {
                if !isFirst { output.append(UInt8(ascii: ",")) }
                isFirst = false
                Self.append(member.key, to: &output)
                output.append(UInt8(ascii: ":"))
                write(member.value, to: &output)
            }
            output.append(UInt8(ascii: "}"))
        case .array(let array):
            output.append(UInt8(ascii: "["))
            var isFirst = true
            for value in array.values {
                if !isFirst { output.append(UInt8(ascii: ",")) }
                isFirst = false
                write(value, to: &output)
            }
            output.append(UInt8(ascii: "]"))
        }
    }
}
