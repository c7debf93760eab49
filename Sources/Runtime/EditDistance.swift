/// How far texts are from each other, for "did you mean".
public enum EditDistance {
    /// How many edits (insert, delete, replace, swap neighbours) turn one text into the other: the optimal string alignment distance. Looks
    /// at the first 200 characters.
    public static func between(_ a: String, _ b: String) -> Int { edits(Array(a.prefix(200)), Array(b.prefix(200))) }

    /// The known name with the fewest edits from `name`, whatever the case of its letters; nil when none is near.
    ///
    /// Near means at most a third of the longer name's letters, or that one begins with the other.
    public static func nearest(to name: String, among known: some Sequence<String>) -> String? {
        let wanted = Array(name.lowercased().prefix(200))
        guard !wanted.isEmpty else { return nil }
        var best: (name: String, distance: Int)?
        for candidate in known.sorted() {
            let letters = Array(candidate.lowercased().prefix(200))
            let isPrefix = letters.starts(with: wanted) || wanted.starts(with: letters)
            let distance = isPrefix ? 1 : edits(wanted, letters)
            let limit = max(1, max(wanted.count, letters.count) / 3)
            if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.name
    }

    private static func edits(_ a: [Character], _ b: [Character]) -> Int {
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
