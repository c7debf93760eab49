/// Counts things in words.
public enum Spelling {
    /// `1 message`, `2 messages`, `0 messages`.
    /// - Parameter many: the plural when it is not the word with an s.
    public static func count(_ number: some BinaryInteger, _ one: String, many: String? = nil) -> String {
        "\(number) \(number == 1 ? one : many ?? one + "s")"
    }
}
