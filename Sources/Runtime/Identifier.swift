enum Identifier {
    private static let hex = Array("0123456789abcdef".utf8)

    /// 48 bits of milliseconds, 74 random bits, version 7 and variant 2 (RFC 9562, section 5.7).
    static func uuidV7(time: Timestamp, random: RandomStream) -> String {
        let milliseconds = UInt64(max(0, time.microseconds / 1000))
        let high = (milliseconds << 16) | 0x7000 | (random.next() & 0x0FFF)
        let low = 0x8000_0000_0000_0000 | (random.next() >> 2)
        return String(unsafeUninitializedCapacity: 36) { text in
            var index = 0
            for position in 0..<32 {
                if position == 8 || position == 12 || position == 16 || position == 20 {
                    text[index] = UInt8(ascii: "-")
                    index += 1
                }
                let word = position < 16 ? high : low
                text[index] = hex[Int((word >> UInt64((15 - position % 16) * 4)) & 0xF)]
                index += 1
            }
            return 36
        }
    }
}
