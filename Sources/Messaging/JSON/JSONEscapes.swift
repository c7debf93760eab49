/// Strings with escapes in them.
enum JSONEscapes {
    /// Nil when an escape is not one of JSON's, or the rest is not UTF-8.
    static func unescaped(_ text: UnsafeBufferPointer<UInt8>) -> String? {
        var bytes = [UInt8]()
        bytes.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            guard text[index] == UInt8(ascii: "\\") else {
                bytes.append(text[index])
                index += 1
                continue
            }
            guard index + 1 < text.count else { return nil }
            let escape = text[index + 1]
            index += 2
            switch escape {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(escape)
            case UInt8(ascii: "b"): bytes.append(0x08)
            case UInt8(ascii: "f"): bytes.append(0x0c)
            case UInt8(ascii: "n"): bytes.append(0x0a)
            case UInt8(ascii: "r"): bytes.append(0x0d)
            case UInt8(ascii: "t"): bytes.append(0x09)
            case UInt8(ascii: "u"):
                guard let scalar = scalar(text, &index) else { return nil }
                bytes.append(contentsOf: UTF8.encode(scalar)!)
            default: return nil
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// Reads four hexadecimal digits, and the second half of a surrogate pair.
    private static func scalar(_ text: UnsafeBufferPointer<UInt8>, _ index: inout Int) -> Unicode.Scalar? {
        guard let unit = unit(text, &index) else { return nil }
        guard UTF16.isLeadSurrogate(unit) else { return Unicode.Scalar(unit) }
        guard index + 1 < text.count, text[index] == UInt8(ascii: "\\"), text[index + 1] == UInt8(ascii: "u") else { return nil }
        index += 2
        guard let low = self.unit(text, &index), UTF16.isTrailSurrogate(low) else { return nil }
        return Unicode.Scalar(0x10000 + (UInt32(unit) - 0xd800) << 10 + (UInt32(low) - 0xdc00))
    }

    private static func unit(_ text: UnsafeBufferPointer<UInt8>, _ index: inout Int) -> UInt16? {
        guard index + 4 <= text.count else { return nil }
        var unit: UInt16 = 0
        for _ in 0..<4 {
            let digit: UInt16
            switch text[index] {
            case let byte where byte >= 0x30 && byte <= 0x39: digit = UInt16(byte - 0x30)
            case let byte where byte | 0x20 >= 0x61 && byte | 0x20 <= 0x66: digit = UInt16((byte | 0x20) - 0x61 + 10)
            default: return nil
            }
            unit = unit << 4 | digit
            index += 1
        }
        return unit
    }
}
