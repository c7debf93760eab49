import Runtime
import Testing

@Suite struct TimestampTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (1_767_225_600_000_000, "2026-01-01T00:00:00Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00Z"), (1_764_842_400_000_001, "2025-12-04T10:00:00.000001Z"),
            (-1, "1969-12-31T23:59:59.999999Z"), (-62_135_596_800_000_000, "0001-01-01T00:00:00Z"),
        ] as [(Int64, String)])
    func `a time is written in RFC 3339 and read back`(microseconds: Int64, text: String) {
        #expect(Timestamp(microseconds: microseconds).rfc3339 == text)
        #expect(Timestamp(rfc3339: text)?.microseconds == microseconds)
    }

    @Test func `random times survive the round trip`() {
        let seed: UInt64 = 20_251_204
        let random = RandomStream(seed: seed)
        for _ in 0..<2_000 {
            let time = Timestamp(microseconds: Int64(random.below(4_000_000_000)) * 1_000_000 + Int64(random.below(1_000_000)))
            #expect(Timestamp(rfc3339: time.rfc3339) == time, "seed \(seed): \(time.microseconds)")
        }
    }

    @Test func `offsets from UTC and short fractions are understood`() {
        let expected = Timestamp(rfc3339: "2025-12-04T10:00:00Z")
        #expect(Timestamp(rfc3339: "2025-12-04T12:30:00+02:30") == expected)
        #expect(Timestamp(rfc3339: "2025-12-04T02:00:00-08:00") == expected)
        #expect(Timestamp(rfc3339: "2025-12-04t10:00:00z") == expected)
        #expect(Timestamp(rfc3339: "2025-12-04T10:00:00.5Z") == expected.map { $0 + .milliseconds(500) })
        #expect(Timestamp(rfc3339: "2025-12-04T10:00:00.1234567Z") == expected.map { $0 + .microseconds(123_456) })
    }

    @Test(arguments: [
        "", "2025-12-04", "2025-12-04T10:00:00", "2025-12-04 10:00:00Z", "2025-13-04T10:00:00Z", "2025-12-04T24:00:00Z",
        "2025-12-04T10:00:00.Z", "2025-12-04T10:00:00Zx", "2025-12-04T10:00:00+0200", "20x5-12-04T10:00:00Z",
    ])
    func `anything else is not a time`(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func `adding and subtracting durations is exact to the microsecond`() {
        let time = Timestamp(seconds: 100)
        #expect((time + .microseconds(3)).microseconds == 100_000_003)
        #expect((time + .seconds(2)) - time == .seconds(2))
        #expect((time - .milliseconds(1)) < time)
    }
}
