extension Duration {
    /// What a duration that somebody types may be at most: a hundred years. Added to any time of day, or counted in nanoseconds, it is
    /// still a number.
    public static let typedMax = Duration.seconds(36_525 * 86_400)

    /// Reads `30s`, `500ms`, `20us`, `5m`, `2h` or `1d`; a bare number means seconds.
    ///
    /// Nil for what is not a duration, for negative ones and for those above ``typedMax``.
    public init?(typed text: String) {
        let units: [(name: String, seconds: Double)] = [
            ("ms", 0.001), ("us", 0.000_001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86_400),
        ]
        let unit = units.first { text.hasSuffix($0.name) }
        guard let value = Double(text.dropLast(unit?.name.count ?? 0)) else { return nil }
        let microseconds = (value * (unit?.seconds ?? 1) * 1_000_000).rounded()
        guard microseconds >= 0, microseconds <= Double(Self.typedMax.microseconds) else { return nil }
        self = .microseconds(Int64(microseconds))
    }
}
