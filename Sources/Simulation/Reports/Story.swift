import Lab
import Runtime

/// A failed run as a short story: what was expected and what was found, when, what was out of the ordinary, what led there, and how to
/// see it again.
///
///     print(Story(report, tapeFile: "Fixtures/tapes/lost-order.json"))
///
/// The chain of causes needs a report that keeps its events.
public struct Story: Sendable, CustomStringConvertible {
    private let report: RunReport
    private let shrunk: ShrunkTape?
    private let tapeFile: String?
    private let coverage: Coverage
    /// What one run alone does not see tells nothing.
    private let isOfManyRuns: Bool

    /// - Parameters:
    ///   - tapeFile: where the tape was written to; without it the run is named by its seed and strategy, or the tape stands in the story.
    ///   - coverage: of the whole exploration; of this run when nil.
    public init(_ report: RunReport, shrunk: ShrunkTape? = nil, tapeFile: String? = nil, coverage: Coverage? = nil) {
        self.report = report
        self.shrunk = shrunk
        self.tapeFile = tapeFile
        self.coverage = coverage ?? Coverage([report])
        isOfManyRuns = coverage != nil
    }

    public init(_ shrunk: ShrunkTape, tapeFile: String? = nil, coverage: Coverage? = nil) {
        self.init(shrunk.report, shrunk: shrunk, tapeFile: tapeFile, coverage: coverage)
    }

    public var description: String {
        [heading, finding, advice, exceptions, causes, size, commands, reach].filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }
            .joined(
                separator: "\n\n")
    }

    // MARK: Parts

    private var heading: [String] {
        let outcome =
            switch report.verdict {
            case .passed: "passed"
            case .failed: "failed: the workload, or the lab's start, threw"
            default: "failed: \(report.verdict.kind)"
            }
        return ["\(report.scenario) \(outcome) (seed \(report.seed), \(report.strategy))"]
    }

    private var finding: [String] {
        guard case .violated(let violation) = report.verdict else {
            guard !report.verdict.isPassed else { return [] }
            return report.verdict.detail.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }
        }
        var lines =
            Self.field("oracle", violation.oracle) + Self.field("expected", violation.expected) + Self.field("found", violation.found)
        if let when = when(violation) { lines += Self.field("when", when) }
        return lines
    }

    /// What to do about a run that did not come to its end; an oracle's word needs none.
    private var advice: [String] {
        let debugger = tapeFile.map { ", or in a debugger: labctl replay \($0) --in-process" } ?? ""
        return switch report.verdict {
        case .passed, .violated, .escaped, .failed: []
        case .stalled:
            ["Somebody waits for what nobody will bring: see above who. Give the wait a deadline, or find who should have resumed it."]
        case .notSettled:
            ["Something never comes to its end: see above what is open, and who waits for whom. A handler that waits needs a deadline."]
        case .endless:
            ["Something goes round and round without an end: see above who waits meanwhile. Bound the retries, or let them wait longer."]
        case .trapped: ["A trap ends the service's process, in production too. Mend it\(debugger)."]
        case .hung:
            ["A service must not block its thread: wait with world.sleep or world.suspend, and bound every loop. Mend it\(debugger)."]
        }
    }

    private func when(_ violation: Violation) -> String? {
        var parts = [String]()
        if let at = violation.at { parts.append(at) }
        if report.virtualSeconds > 0 { parts.append("after \(Self.duration(report.virtualSeconds)) of virtual time") }
        if let event = violation.event {
            parts.append("at event \(event)" + (record(event).map { ": \($0.instance) \($0.point)" } ?? ""))
        }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    private var exceptions: [String] {
        let choices = report.tape.choices
        guard !choices.isEmpty else { return ["Everything first come, first served; no faults; the simplest workload."] }
        let shown = choices.sorted { Self.rank($0) < Self.rank($1) }.prefix(Self.choicesMax)
        let moments = moments()
        var lines = ["Everything first come, first served, no faults and the simplest workload, except:"]
        for (number, choice) in shown.enumerated() {
            lines.append("  \(number + 1). \(ChoiceWords(choice))\(moments[choice].map { "  [\($0)]" } ?? "")")
        }
        if choices.count > shown.count {
            lines.append("  … and \(choices.count - shown.count) more; `labctl shrink` finds those that matter")
        }
        return lines
    }

    private static let choicesMax = 24

    static func rank(_ choice: Choice) -> Int {
        switch choice.domain {
        case .fault: 0
        case .workload: 1
        case .time, .schedule, .check: 2
        }
    }

    private var causes: [String] {
        guard let end = failingEvent else { return [] }
        let chain = Self.chain(to: end, in: report.events ?? [])
        guard chain.count > 1 else { return [] }
        var lines = ["What led to event \(end):"]
        if chain.count > Self.causesMax {
            lines += chain.prefix(Self.causesMax / 4).map(Self.line) + ["  …"]
            lines += chain.suffix(Self.causesMax - Self.causesMax / 4).map(Self.line)
        } else {
            lines += chain.map(Self.line)
        }
        return lines
    }

    private static let causesMax = 24

    /// Where the oracle spoke up; without such an event, the last fault: what it set off is what went wrong.
    private var failingEvent: Int? {
        if case .violated(let violation) = report.verdict, let event = violation.event { return event }
        guard !report.verdict.isPassed else { return nil }
        return report.events?.last { $0.point == "world.crash" || $0.point.hasPrefix("fault.") }?.number
    }

    private var size: [String] {
        guard let shrunk else { return [] }
        guard shrunk.before != shrunk.after else {
            return ["Nothing of it can be left out; \(shrunk.confirmed) of \(ShrunkTape.replays) replays fail in the same way."]
        }
        var text =
            "Shrunk from \(shrunk.before.total) to \(shrunk.after) in \(Self.duration(shrunk.seconds)), \(Spelling.count(shrunk.runs, "run")); "
        text += "\(shrunk.confirmed) of \(ShrunkTape.replays) replays fail in the same way."
        if !shrunk.isMinimal { text += " Time was over before it was minimal: `labctl shrink --seconds 300` goes on." }
        return [text]
    }

    private var commands: [String] {
        // What ended its process has left no events, and would end the one that looks.
        let stop = failingEvent ?? (report.eventCount > 0 ? report.eventCount - 1 : nil)
        // `labctl` has the platform's own scenarios only; others are where their tests are.
        let isKnown = Scenarios.named(report.scenario) != nil
        guard let tapeFile else { return report.verdict.isPassed ? [] : replayWithoutFile(isKnown) }
        var lines = [String]()
        if isKnown {
            lines.append("replay  labctl replay \(tapeFile)")
            if let stop { lines.append("look    labctl replay \(tapeFile) --until \(stop) --sql SERVICE") }
        } else {
            let tape = "Tape.read(\"\(tapeFile)\")"
            lines.append("replay  try await expectReplay(\(tape), among: [YourScenario()])")
            if let stop {
                lines.append(
                    "look    try look(into: \(tape), of: YourScenario(), at: \(stop)) { print(try $0.sql(\"SERVICE\", \"SELECT …\")) }")
            }
        }
        if !report.verdict.isPassed { lines.append("keep    mkdir -p Fixtures/tapes && cp \(tapeFile) Fixtures/tapes/") }
        return lines
    }

    private func replayWithoutFile(_ isKnown: Bool) -> [String] {
        let seed = report.seed
        guard let strategy = report.drawnBy else {
            let replay = isKnown ? "labctl replay TAPE" : "try await expectReplay(Tape.read(\"TAPE\"), among: [YourScenario()])"
            let lines = report.tape.text.split(separator: "\n").map { "  \($0)" }
            return ["replay  \(replay), where TAPE is a file of these lines:"] + lines
        }
        let isUsual = strategy == .portfolio
        if isKnown {
            return ["replay  labctl sim --scenario \(report.scenario) --seed \(seed)\(isUsual ? "" : " --strategy '\(strategy)'")"]
        }
        return ["replay  budget: .seeds(\(seed)...\(seed))\(isUsual ? "" : ", with budget.strategy = \(strategy.code)")"]
    }

    private var reach: [String] {
        guard !coverage.points.isEmpty else { return [] }
        let instances = Set(coverage.points.map(\.instance)).count
        let points = Set(coverage.points.map(\.point).filter { !$0.hasPrefix("fault.") && !$0.hasPrefix("run.") }).count
        var lines = [
            "Reached: \(Spelling.count(points, "kind")) of points at \(Spelling.count(instances, "instance")); "
                + "\(coverage.faultKinds.struck) of \(coverage.faultKinds.all) kinds of faults struck."
        ]
        if isOfManyRuns, !coverage.claims.isEmpty {
            let seen = coverage.claims.count - coverage.unseen.count
            let unseen = coverage.unseen.isEmpty ? "" : "; never: \(coverage.unseen.joined(separator: ", "))"
            lines.append("Seen: \(seen) of \(Spelling.count(coverage.claims.count, "claim")) made with `sometimes`\(unseen).")
        }
        return lines
    }

    // MARK: Events

    private func record(_ number: Int) -> EventRecord? {
        guard let events = report.events, number < events.count else { return nil }
        return events[number]
    }

    /// When each fault struck: the n-th fault of an entity on the tape is the n-th of that name in the history.
    private func moments() -> [Choice: String] {
        guard let events = report.events else { return [:] }
        var moments = [Choice: String]()
        for (entity, choices) in Dictionary(grouping: report.tape.choices.filter { $0.domain == .fault }, by: \.entity) {
            guard let kind = FaultKind(entity: entity) else { continue }
            let subject = entity.dropFirst(kind.rawValue.count + 1)
            let struck = events.filter { $0.point == kind.pointName && ($0.subject == subject || $0.subject.hasPrefix("\(subject) ")) }
            for (choice, event) in zip(choices.sorted { $0.index < $1.index }, struck) { moments[choice] = Self.clock(event.micros) }
        }
        return moments
    }

    /// The events that led to event `number`, the earliest first.
    static func chain(to number: Int, in events: [EventRecord]) -> [EventRecord] {
        var chain = [EventRecord]()
        var next: Int? = number
        while let number = next, events.indices.contains(number) {
            chain.append(events[number])
            next = events[number].cause
        }
        return chain.reversed()
    }

    private static func line(_ event: EventRecord) -> String {
        "  \(clock(event.micros))  #\(event.number)  \(event.instance)  \(event.point)\(event.subject.isEmpty ? "" : "  \(event.subject)")"
    }

    // MARK: Words

    private static func field(_ name: String, _ text: String) -> [String] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let padded = name + String(repeating: " ", count: max(0, 10 - name.count))
        return lines.enumerated().map { $0 == 0 ? "  \(padded)\($1)" : "            \($1)" }
    }

    /// The time of day in virtual time, to the microsecond.
    static func clock(_ micros: Int64) -> String {
        let day = micros % 86_400_000_000
        func padded(_ value: Int64, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let seconds = day / 1_000_000
        return "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2)).\(padded(day % 1_000_000, 6))"
    }

    static func duration(_ seconds: Double) -> String {
        if seconds >= 7200 { return "\(Int(seconds / 3600)) h \(Int(seconds.truncatingRemainder(dividingBy: 3600) / 60)) min" }
        if seconds >= 120 { return "\(Int(seconds / 60)) min \(Int(seconds.truncatingRemainder(dividingBy: 60))) s" }
        let tenths = Int((seconds * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) s"
    }
}
