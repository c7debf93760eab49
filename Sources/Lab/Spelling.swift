/// Finds the name that was probably meant; counts things.
public enum Spelling {
    /// `1 message`, `2 messages`, `0 messages`.
    /// - Parameter many: the plural when it is not the word with an s.
    public static func count(_ number: some BinaryInteger, _ one: String, many: String? = nil) -> String {
        "\(number) \(number == 1 ? one : many ?? one + "s")"
    }

    /// The known name with the fewest edits (insert, delete, replace, swap neighbours) from `name`, nil when none is near.
    ///
    /// Near means at most a third of the longer name's letters, or that one begins with the other.
    public static func nearest(to name: String, among known: [String]) -> String? {
        let wanted = Array(name.lowercased())
        guard !wanted.isEmpty else { return nil }
        var best: (name: String, distance: Int)?
        for candidate in known.sorted() {
            let letters = Array(candidate.lowercased())
            let isPrefix = letters.starts(with: wanted) || wanted.starts(with: letters)
            let distance = isPrefix ? 1 : edits(wanted, letters)
            let limit = max(1, max(wanted.count, letters.count) / 3)
            if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.name
    }

    /// Optimal string alignment distance.
    static func edits(_ a: [Character], _ b: [Character]) -> Int {
        if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
        var beforeLast = [Int]()
        var last = Array(0...b.count)
        for i in 1...a.count {
            var row = [i]
            for j in 1...b.count {
                var best = min(row[j - 1] + 1, last[j] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { best = min(best, beforeLast[j - 2] + 1) }
                row.append(best)
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }
}
