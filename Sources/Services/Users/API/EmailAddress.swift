/// An e-mail address in the form that decides whether two are the same: without surrounding blanks, letters folded to lower case.
///
/// The check is for slips, not for deliverability: one `@` with something on both sides, no blanks or control characters,
/// 3 to 254 characters.
public struct EmailAddress: Sendable, Hashable {
    /// As it was written, without surrounding blanks.
    public let written: String
    /// What uniqueness goes by.
    public let folded: String

    static let rule = "must be an e-mail address such as ada@example.com"

    public init?(_ text: String) {
        let trimmed = text.drop(while: \.isWhitespace)
        let end = trimmed.lastIndex { !$0.isWhitespace }.map(trimmed.index(after:)) ?? trimmed.endIndex
        let written = String(trimmed[..<end])
        let parts = written.split(separator: "@", omittingEmptySubsequences: false)
        guard written.utf8.count <= 254, parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty,
            written.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F && !$0.properties.isWhitespace })
        else { return nil }
        self.written = written
        folded = written.lowercased()
    }
}
