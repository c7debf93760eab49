/// Builds the bytes of a small row: little-endian integers, texts and lists with a length in front.
struct RowWriter {
    private(set) var bytes = [UInt8]()

    mutating func put<T: FixedWidthInteger>(_ value: T) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func put(_ text: String) {
        put(UInt32(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    mutating func put(_ raw: UnsafeRawBufferPointer) { bytes.append(contentsOf: raw) }
}

/// Reads such a row; nil as soon as it is shorter than expected.
struct RowReader {
    private let bytes: UnsafeRawBufferPointer
    private var index = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var rest: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[index...]) }

    mutating func integer<T: FixedWidthInteger>(_ type: T.Type) -> T? {
        let size = MemoryLayout<T>.size
        guard index + size <= bytes.count else { return nil }
        defer { index += size }
        return bytes.integer(at: index, as: T.self)
    }

    mutating func text() -> String? {
        guard let count = integer(UInt32.self), index + Int(count) <= bytes.count else { return nil }
        defer { index += Int(count) }
        return String(decoding: bytes[index..<index + Int(count)], as: UTF8.self)
    }
}
