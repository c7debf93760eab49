import Runtime

/// How a run explores.
public enum Strategy: Sendable, Hashable, Codable, CustomStringConvertible {
    /// First come first served; faults and workload are drawn.
    case fifo
    /// At each turn any ready lane, more or less often by the seed.
    case random
    /// Probabilistic concurrency testing (Burckhardt and others, ASPLOS 2010): lanes have random priorities, the highest ready one goes,
    /// and at `depth` − 1 random moments the running one falls behind all others. Finds bugs that need few ordering constraints.
    case pct(depth: Int)
    /// One of the others, drawn by the seed.
    case portfolio

    public var description: String {
        switch self {
        case .fifo: "fifo"
        case .random: "random"
        case .pct(let depth): "pct(\(depth))"
        case .portfolio: "portfolio"
        }
    }

    /// As it is written in Swift.
    var code: String {
        if case .pct(let depth) = self { return ".pct(depth: \(depth))" }
        return ".\(self)"
    }

    /// `fifo`, `random`, `pct`, `pct(4)`, `portfolio`; nil for anything else.
    public init?(_ text: String) {
        switch text {
        case "fifo": self = .fifo
        case "random": self = .random
        case "pct": self = .pct(depth: 3)
        case "portfolio": self = .portfolio
        default:
            guard text.hasPrefix("pct("), text.hasSuffix(")"), let depth = Int(text.dropFirst(4).dropLast()), (1...64).contains(depth)
            else { return nil }
            self = .pct(depth: depth)
        }
    }
}

/// Draws from a seed. Each choice follows from the seed, its entity and its index alone, so that no choice shifts another one.
public final class SeedChoices: ChoiceSource {
    public let seed: UInt64
    /// What the portfolio came to.
    public let strategy: Strategy
    /// How often a turn goes to another lane than the first, in this run.
    private let deviation: Double
    /// How often the clock moves although there is work.
    private let timeRate: Double
    private var priorities = [String: UInt64]()
    private var changePoints: Set<Int>
    private var turns = 0
    private var lowest: UInt64 = 1 << 20

    /// Turns over which the priority changes are spread.
    private static let turnsExpected = 4_000

    public init(seed: UInt64, strategy: Strategy = .portfolio) {
        self.seed = seed
        let mix = RandomStream(seed: seed ^ StableHash.of("strategy"))
        var chosen = strategy
        if strategy == .portfolio {
            chosen = [.fifo, .random, .random, .pct(depth: 2), .pct(depth: 3), .pct(depth: 5)][mix.below(6)]
        }
        self.strategy = chosen
        deviation = [0.02, 0.1, 0.3, 0.7][mix.below(4)]
        timeRate = chosen == .fifo ? 0 : [0, 0.0005, 0.005][mix.below(3)]
        changePoints = []
        if case .pct(let depth) = chosen {
            for _ in 1..<max(2, depth) { changePoints.insert(mix.below(Self.turnsExpected)) }
        }
    }

    public func choose(_ domain: ChoiceDomain, _ entity: String, index: Int, below arity: Int, rate: Double) -> Int {
        let hash = self.hash(domain, entity, index)
        guard rate < 1 else { return Int(hash % UInt64(arity)) }
        guard Double(hash >> 11) * 0x1p-53 < rate else { return 0 }
        return 1 + Int((hash & 0x7FF) % UInt64(arity - 1))
    }

    public func lane(of lanes: ReadyLanes, index: Int) -> Int {
        turns += 1
        if lanes.hasTimer, timeRate > 0, choose(.time, lanes[0], index: index, below: 2, rate: timeRate) == 1 { return lanes.count }
        switch strategy {
        case .fifo, .portfolio: return 0
        case .random:
            guard lanes.count > 1 else { return 0 }
            return choose(.schedule, lanes[0], index: index, below: lanes.count, rate: deviation)
        case .pct: return highest(of: lanes)
        }
    }

    private func highest(of lanes: ReadyLanes) -> Int {
        var best = 0
        for index in 0..<lanes.count where priority(of: lanes[index]) > priority(of: lanes[best]) { best = index }
        if changePoints.remove(turns) != nil {
            lowest -= 1
            priorities[lanes[best]] = lowest
        }
        return best
    }

    private func priority(of lane: String) -> UInt64 {
        if let known = priorities[lane] { return known }
        let drawn = hash(.schedule, lane, -1) | 1 << 40
        priorities[lane] = drawn
        return drawn
    }

    /// Most runs have few kinds of faults, some have many: a swarm (Groce and others, ISSTA 2012).
    public func rate(of kind: FaultKind, _ rate: Double) -> Double {
        let hash = self.hash(.fault, "swarm \(kind.rawValue)", 0)
        guard hash % 3 == 0 else { return 0 }
        return rate * [0.3, 1, 3][Int(hash >> 8) % 3]
    }

    private func hash(_ domain: ChoiceDomain, _ entity: String, _ index: Int) -> UInt64 {
        StableHash.of(entity, seed: StableHash.of(domain.rawValue, seed: seed) &+ UInt64(bitPattern: Int64(index)) &* 0x9E37_79B9_7F4A_7C15)
    }
}
