import Runtime

enum ShortName {
    /// Twelve characters that stand for a long path, the same in every process.
    static func of(_ path: String) -> String {
        let digits = String(StableHash.of(path), radix: 36)
        return String(digits.suffix(12))
    }
}
