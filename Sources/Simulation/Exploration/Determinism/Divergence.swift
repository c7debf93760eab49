import Runtime

/// Where two runs of what should be the same run part.
public struct Divergence: Codable, Sendable, Hashable, CustomStringConvertible {
    public var scenario: String
    public var seed: UInt64
    /// Number of the first event that differs; nil when the events are equal.
    public var event: Int?
    public var first: EventRecord?
    public var second: EventRecord?
    /// Place of the first draw that differs among all draws; nil when the draws are equal.
    public var draw: Int?
    public var firstDraw: DrawRecord?
    public var secondDraw: DrawRecord?
    /// What led to the first event that differs, the earliest first.
    public var causes: [EventRecord]
    /// What differs when neither an event nor a draw does.
    public var note: String?

    /// Compares two runs event by event and draw by draw.
    /// - Returns: nil when they are the same.
    public static func between(_ one: RunAnswer, _ other: RunAnswer) -> Divergence? {
        var divergence = Divergence(scenario: one.report.scenario, seed: one.report.seed, causes: [])
        let (a, b) = (one.report.events ?? [], other.report.events ?? [])
        if let index = firstDifference(a, b) {
            divergence.event = index
            divergence.first = a.element(index)
            divergence.second = b.element(index)
            divergence.causes = causes(of: divergence.first?.cause ?? divergence.second?.cause, in: a)
        }
        let (drawsA, drawsB) = (one.draws ?? [], other.draws ?? [])
        if let index = firstDifference(drawsA, drawsB) {
            divergence.draw = index
            divergence.firstDraw = drawsA.element(index)
            divergence.secondDraw = drawsB.element(index)
        }
        if divergence.event != nil || divergence.draw != nil { return divergence }
        guard
            one.report.digest != other.report.digest || one.report.verdict.kind != other.report.verdict.kind
                || one.report.tape.choices != other.report.tape.choices
        else { return nil }
        divergence.note =
            "digest \(one.report.digest), \(one.report.verdict.kind) the first time; "
            + "\(other.report.digest), \(other.report.verdict.kind) the second time"
        return divergence
    }

    /// Events are compared by what a digest is made of, and by their causes.
    private static func firstDifference<Element: Equatable>(_ a: [Element], _ b: [Element]) -> Int? {
        for index in 0..<min(a.count, b.count) where a[index] != b[index] { return index }
        return a.count == b.count ? nil : min(a.count, b.count)
    }

    private static func causes(of number: Int?, in events: [EventRecord]) -> [EventRecord] {
        var chain = [EventRecord]()
        var next = number
        while let number = next, number < events.count, chain.count < causesMax {
            chain.append(events[number])
            next = events[number].cause
        }
        return chain.reversed()
    }

    private static let causesMax = 12

    public var description: String {
        var lines = ["\(scenario), seed \(seed), is not deterministic: two runs part"]
        if let event {
            lines.append("at event \(event):")
            lines.append("  first   \(first.map(Self.text) ?? "the run has ended")")
            lines.append("  second  \(second.map(Self.text) ?? "the run has ended")")
        }
        if let draw {
            lines.append("at draw \(draw)\((firstDraw ?? secondDraw).map { ", after \($0.events) events" } ?? ""):")
            lines.append("  first   \(firstDraw.map { "\($0)" } ?? "no further draw")")
            lines.append("  second  \(secondDraw.map { "\($0)" } ?? "no further draw")")
        }
        if let note { lines.append(note) }
        if !causes.isEmpty {
            lines.append("what led there:")
            lines += causes.map { "  \(Self.text($0))" }
        }
        return (lines + [Self.advice]).joined(separator: "\n")
    }

    /// What to look for, and what to write instead.
    static let advice = """
        somewhere before this a value came from outside of World; take instead
          time         world.now, not Foundation's Date or a clock
          numbers      world.random, not the system's generator
          identifiers  world.makeID(), not a new UUID
          order        sorted keys, not the order of a Set or a Dictionary, nor addresses and hash values
          tasks        world.spawn and world.sleep, not bare tasks, Dispatch or threads
          settings     the topology, not the environment, the locale, the time zone or the process
          state        the service's files, not static variables: they outlive a run
        """

    private static func text(_ event: EventRecord) -> String {
        "#\(event.number) \(Timestamp(microseconds: event.micros).rfc3339) \(event.instance) \(event.point) \(event.subject)"
    }
}

extension Array {
    fileprivate func element(_ index: Int) -> Element? { index < count ? self[index] : nil }
}
