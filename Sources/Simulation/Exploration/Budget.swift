/// Which runs an exploration does, and when it has had enough.
///
///     .pullRequest                    fixed seeds: red for one is red for everyone
///     .nightly(seed: 20260101)        many seeds, other ones each night
///     .seeds(1...200)
///     .exhaustive(.singleCrash)       every reached point of every instance, one crash each
///     .crashPairs(samples: 500)
///     .branch(runs: 2000)             goes on from where something new was seen
public struct Budget: Sendable, Hashable, CustomStringConvertible {
    public enum Plan: Sendable, Hashable {
        case seeds(ClosedRange<UInt64>)
        case singleCrash(seed: UInt64)
        case crashPairs(seed: UInt64, samples: Int)
        case branch(seed: UInt64, runs: Int)
    }

    public enum Exhaustive: Sendable, Hashable {
        /// A first come first served run lists every place; then one run for each.
        case singleCrash
    }

    public var plan: Plan
    public var strategy = Strategy.portfolio
    /// No further run is begun after so many failures.
    public var failuresMax = 1
    /// Real time after which no further run is begun; nil for no bound.
    public var secondsMax: Double?
    /// Which part of the runs that pass is done twice and compared; those that fail always are.
    public var repeated = 0.05

    public init(_ plan: Plan) { self.plan = plan }

    /// What a pull request is tested with: 200 seeds from 1.
    public static let pullRequest = Budget(.seeds(1...200))

    /// - Parameter seed: another one each night, such as the date.
    public static func nightly(seed: UInt64, runs: UInt64 = 20_000) -> Budget {
        // Nights must not overlap; half the range of numbers is room enough for all of them.
        let first = (seed &* 1_000_003) >> 1
        var budget = Budget(.seeds(first...(first + max(1, runs) - 1)))
        budget.failuresMax = 20
        return budget
    }

    public static func seeds(_ seeds: ClosedRange<UInt64>) -> Budget { Budget(.seeds(seeds)) }
    /// - Precondition: the range is not empty.
    public static func seeds(_ seeds: Range<UInt64>) -> Budget { Budget(.seeds(seeds.lowerBound...(seeds.upperBound - 1))) }

    public static func exhaustive(_ what: Exhaustive, seed: UInt64 = 1) -> Budget {
        var budget = Budget(.singleCrash(seed: seed))
        budget.failuresMax = .max
        return budget
    }

    public static func crashPairs(samples: Int, seed: UInt64 = 1) -> Budget {
        var budget = Budget(.crashPairs(seed: seed, samples: samples))
        budget.failuresMax = .max
        return budget
    }

    public static let branch = Budget.branch(runs: 1000)
    /// A search that branches begins with so many runs from nothing: there must be something to go on from.
    public static let runsBeforeBranching = 32

    public static func branch(runs: Int, seed: UInt64 = 1) -> Budget { Budget(.branch(seed: seed, runs: runs)) }

    public var description: String {
        switch plan {
        case .seeds(let seeds): "seeds \(seeds.lowerBound)..\(seeds.upperBound), \(strategy)"
        case .singleCrash: "every single crash"
        case .crashPairs(_, let samples): samples == 1 ? "1 pair of crashes" : "\(samples) pairs of crashes"
        case .branch(_, let runs): runs == 1 ? "1 run of a search that branches" : "\(runs) runs of a search that branches"
        }
    }
}
