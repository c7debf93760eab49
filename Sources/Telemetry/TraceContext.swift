import Runtime

/// The W3C trace context of one span: `00-<trace, 32 digits>-<span, 16 digits>-<flags>`.
public struct TraceContext: Sendable, Hashable, CustomStringConvertible {
    public let traceHigh: UInt64
    public let traceLow: UInt64
    public let span: UInt64
    /// Whether the trace is recorded.
    public let isSampled: Bool

    /// A new trace, sampled.
    public static func new(random: RandomStream) -> TraceContext {
        TraceContext(traceHigh: random.next(), traceLow: random.next() | 1, span: random.next() | 1, isSampled: true)
    }

    /// A span below this one.
    public func child(random: RandomStream) -> TraceContext {
        TraceContext(traceHigh: traceHigh, traceLow: traceLow, span: random.next() | 1, isSampled: isSampled)
    }

    init(traceHigh: UInt64, traceLow: UInt64, span: UInt64, isSampled: Bool) {
        self.traceHigh = traceHigh
        self.traceLow = traceLow
        self.span = span
        self.isSampled = isSampled
    }

    /// Reads a `traceparent` header; nil for anything that the recommendation calls invalid. Later versions may carry more fields.
    public init?(traceparent: String) {
        let bytes = Array(traceparent.utf8)
        guard bytes.count >= 55, bytes[2] == 45, bytes[35] == 45, bytes[52] == 45,
            let version = Self.hex(bytes[0..<2]), version != 0xFF, bytes.count == 55 || (version != 0 && bytes[55] == 45),
            let high = Self.hex(bytes[3..<19]), let low = Self.hex(bytes[19..<35]), high | low != 0,
            let span = Self.hex(bytes[36..<52]), span != 0, let flags = Self.hex(bytes[53..<55])
        else { return nil }
        self.init(traceHigh: high, traceLow: low, span: span, isSampled: flags & 1 == 1)
    }

    public var traceID: String { String(traceparent.dropFirst(3).prefix(32)) }
    public var spanID: String { String(traceparent.dropFirst(36).prefix(16)) }

    public var traceparent: String {
        String(unsafeUninitializedCapacity: 55) { text in
            text[0] = 48
            text[1] = 48
            text[2] = 45
            Self.write(traceHigh, to: text, at: 3)
            Self.write(traceLow, to: text, at: 19)
            text[35] = 45
            Self.write(span, to: text, at: 36)
            text[52] = 45
            text[53] = 48
            text[54] = isSampled ? 49 : 48
            return 55
        }
    }

    public var description: String { traceparent }

    private static func write(_ word: UInt64, to text: UnsafeMutableBufferPointer<UInt8>, at index: Int) {
        for digit in 0..<16 {
            let value = UInt8((word >> UInt64(60 - digit * 4)) & 0xF)
            text[index + digit] = value < 10 ? 48 + value : 87 + value
        }
    }

    private static func hex(_ bytes: ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for byte in bytes {
            switch byte {
            case 48...57: value = value << 4 | UInt64(byte - 48)
            case 97...102: value = value << 4 | UInt64(byte - 87)
            default: return nil
            }
        }
        return value
    }
}
