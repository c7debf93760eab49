import Runtime
import Testing

@Suite struct StableHashTests {
    // Vectors of the xxHash reference implementation, seed 0.
    @Test(arguments: [
        ("", 0xef46_db37_51d8_e999 as UInt64), ("a", 0xd24e_c4f1_a98c_6e5b), ("abc", 0x44bc_2cf5_ad77_0999),
        ("Nobody inspects the spammish repetition", 0xfbce_a83c_8a37_8bf1),
    ])
    func `the hash is XXH64`(text: String, expected: UInt64) {
        #expect(StableHash.of(text) == expected)
    }

    @Test func `the seed changes the hash`() {
        #expect(StableHash.of("abc", seed: 1) != StableHash.of("abc"))
        #expect(StableHash.of("abc", seed: 1) == StableHash.of("abc", seed: 1))
    }

    @Test func `every length up to two blocks hashes differently when its last byte changes`() {
        for count in 1...70 {
            var bytes = [UInt8](repeating: 7, count: count)
            let before = bytes.withUnsafeBytes { StableHash.of($0) }
            bytes[count - 1] = 8
            #expect(bytes.withUnsafeBytes { StableHash.of($0) } != before, "\(count) bytes")
        }
    }
}
