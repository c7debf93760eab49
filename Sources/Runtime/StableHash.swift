/// XXH64 (Yann Collet, xxHash specification 0.1.1): the same value in every process, unlike `Hasher`.
///
/// Used where a hash is stored or decides something that must repeat: partition of a key, checksum of a record, digest of a history.
/// Not a cryptographic hash.
public enum StableHash {
    private static let p1: UInt64 = 0x9E37_79B1_85EB_CA87
    private static let p2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    private static let p3: UInt64 = 0x1656_67B1_9E37_79F9
    private static let p4: UInt64 = 0x85EB_CA77_C2B2_AE63
    private static let p5: UInt64 = 0x27D4_EB2F_1656_67C5

    public static func of(_ text: String, seed: UInt64 = 0) -> UInt64 {
        var text = text
        return text.withUTF8 { of(UnsafeRawBufferPointer($0), seed: seed) }
    }

    public static func of(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
        var index = 0
        let count = bytes.count
        var hash: UInt64
        if count >= 32 {
            var a = seed &+ p1 &+ p2
            var b = seed &+ p2
            var c = seed
            var d = seed &- p1
            while index + 32 <= count {
                a = round(a, word(bytes, index))
                b = round(b, word(bytes, index + 8))
                c = round(c, word(bytes, index + 16))
                d = round(d, word(bytes, index + 24))
                index += 32
            }
            hash = rotate(a, 1) &+ rotate(b, 7) &+ rotate(c, 12) &+ rotate(d, 18)
            hash = merge(merge(merge(merge(hash, a), b), c), d)
        } else {
            hash = seed &+ p5
        }
        hash &+= UInt64(count)
        while index + 8 <= count {
            hash = rotate(hash ^ round(0, word(bytes, index)), 27) &* p1 &+ p4
            index += 8
        }
        if index + 4 <= count {
            let value = UInt64(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt32.self)))
            hash = rotate(hash ^ (value &* p1), 23) &* p2 &+ p3
            index += 4
        }
        while index < count {
            hash = rotate(hash ^ (UInt64(bytes[index]) &* p5), 11) &* p1
            index += 1
        }
        hash = (hash ^ (hash >> 33)) &* p2
        hash = (hash ^ (hash >> 29)) &* p3
        return hash ^ (hash >> 32)
    }

    @inline(__always) private static func word(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
    }
    @inline(__always) private static func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 { (value << bits) | (value >> (64 - bits)) }
    @inline(__always) private static func round(_ lane: UInt64, _ value: UInt64) -> UInt64 { rotate(lane &+ value &* p2, 31) &* p1 }
    @inline(__always) private static func merge(_ hash: UInt64, _ lane: UInt64) -> UInt64 { (hash ^ round(0, lane)) &* p1 &+ p4 }
}
