/// How many characters must be inserted, removed or replaced to turn one text into another (Levenshtein); for "did you mean".
enum EditDistance {
    static func between(_ a: String, _ b: String) -> Int {
        let a = Array(a.utf8.prefix(200))
        let b = Array(b.utf8.prefix(200))
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let cost = x == y ? diagonal : min(diagonal, row[j], row[j + 1]) + 1
                diagonal = row[j + 1]
                row[j + 1] = cost
            }
        }
        return row[b.count]
    }

    /// The candidate most like `text`, if any is like it at all.
    static func nearest(to text: String, among candidates: some Sequence<String>) -> String? {
        candidates.map { ($0, between($0, text)) }.filter { $0.1 <= max(2, text.count / 3) }
            .min { ($0.1, $0.0) < ($1.1, $1.0) }?.0
    }
}
