import Foundation

/// A goal of docs/decisions/0005-performance.md: a bound for one figure, nearly always a ratio to a raw limit of the same round.
struct Goal {
    enum Bound {
        case atLeast(Double)
        case atMost(Double)
    }
    let name: String
    let bound: Bound

    static func atLeast(_ value: Double, _ name: String) -> Goal { Goal(name: name, bound: .atLeast(value)) }
    static func atMost(_ value: Double, _ name: String) -> Goal { Goal(name: name, bound: .atMost(value)) }

    /// `G1 ≥ 0.90 met`.
    func verdict(_ value: Double) -> String {
        let (sign, limit, isMet) =
            switch bound {
            case .atLeast(let limit): ("≥", limit, value >= limit)
            case .atMost(let limit): ("≤", limit, value <= limit)
            }
        let text = limit == limit.rounded() ? String(Int(limit)) : String(format: "%.2f", limit)
        return "\(name) \(sign) \(text) \(isMet ? "met" : "missed")"
    }
}
