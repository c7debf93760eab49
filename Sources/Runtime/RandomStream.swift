import Synchronization

/// One instance's stream of random numbers: xoshiro256** (Blackman and Vigna), seeded by SplitMix64.
///
/// Each instance draws from a stream of its own, so what one instance draws never shifts what another one gets.
/// Not for secrets: keys and passwords come from the cryptography library.
public final class RandomStream: Sendable {
    private let state: Mutex<(UInt64, UInt64, UInt64, UInt64)>

    public init(seed: UInt64) {
        var mix = seed
        func next() -> UInt64 {
            mix &+= 0x9E37_79B9_7F4A_7C15
            var z = mix
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
        state = Mutex((next(), next(), next(), next()))
    }

    public func next() -> UInt64 {
        state.withLock { s in
            let product = s.1 &* 5
            let result = ((product << 7) | (product >> 57)) &* 9
            let t = s.1 << 17
            s.2 ^= s.0
            s.3 ^= s.1
            s.1 ^= s.2
            s.0 ^= s.3
            s.2 ^= t
            s.3 = (s.3 << 45) | (s.3 >> 19)
            return result
        }
    }

    /// A number in `0..<bound`, without modulo bias (Lemire's multiplication).
    public func below(_ bound: Int) -> Int {
        precondition(bound > 0, "bound must be positive, is \(bound)")
        let bound = UInt64(bound)
        while true {
            let (high, low) = next().multipliedFullWidth(by: bound)
            if low >= (0 &- bound) % bound { return Int(high) }
        }
    }

    /// A number in 0 ..< 1.
    public func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }
}
