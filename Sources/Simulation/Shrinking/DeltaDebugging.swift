/// Finds a small part of a list that still has a property: delta debugging (Zeller and Hildebrandt, "Simplifying and isolating
/// failure-inducing input", 2002).
///
///     let small = DeltaDebugging { candidates in candidates.firstIndex { $0.contains(3) && $0.contains(7) } }.minimise(Array(0..<100))
///     // [3, 7]
///
/// Candidates are offered several at a time, so that they can be tried side by side; the first one that has the property is taken, so
/// the result does not depend on how many are tried at once.
public struct DeltaDebugging<Element> {
    /// Which is the first of these lists that has the property; nil for none, and when time is over.
    public typealias FirstThatHolds = (_ candidates: [[Element]]) throws -> Int?

    private let firstThatHolds: FirstThatHolds

    public init(_ firstThatHolds: @escaping FirstThatHolds) { self.firstThatHolds = firstThatHolds }

    /// A part of `elements`, in their order, of which no single element can be left out.
    /// - Parameter elements: a list that has the property.
    public func minimise(_ elements: [Element]) throws -> [Element] {
        var current = elements
        if current.isEmpty { return current }
        if try firstThatHolds([[]]) != nil { return [] }
        var parts = 2
        while current.count >= 2 {
            let chunks = Self.split(current.count, into: min(parts, current.count))
            // One part alone, as in the original algorithm, pays at the beginning only: later the complements contain it.
            if parts == 2, let index = try firstThatHolds(chunks.map { Array(current[$0]) }) {
                current = Array(current[chunks[index]])
                continue
            }
            let complements = chunks.map { chunk in Array(current[..<chunk.lowerBound] + current[chunk.upperBound...]) }
            if parts > 2 || chunks.count > 2, let index = try firstThatHolds(complements) {
                current = complements[index]
                parts = max(2, parts - 1)
                continue
            }
            guard chunks.count < current.count else { break }
            parts = min(current.count, parts * 2)
        }
        return current
    }

    /// Ranges of about equal length that cover 0 ..< count.
    static func split(_ count: Int, into parts: Int) -> [Range<Int>] {
        (0..<parts).map { (count * $0 / parts)..<(count * ($0 + 1) / parts) }
    }
}
