import Foundation
import Lab
import Runtime
import Simulation
import Testing

/// Runs a scenario as often and in as many ways as the budget says, and records an issue for what fails: the story of the smallest run that
/// shows it, with the line that replays it and the line that keeps it.
///
///     @Test func chaos() async throws { try await expectSimulation(CheckoutChaos(), budget: .pullRequest) }
///     @Test func `every crash point`() async throws { try await expectSimulation(CheckoutHappy(), budget: .exhaustive(.singleCrash)) }
///
/// The first failing run of each kind is shrunk and its tape written to `$LAB_TAPES`, or to the folder for temporary files. A run that does
/// not come out the same twice is an issue too.
///
/// - Parameters:
///   - mode: child processes, one per core, or this process: for debuggers.
///   - shrinksFor: real seconds for making a failing tape small; 0 leaves it as it is.
/// - Returns: what was found, with counts and coverage.
/// - Throws: when no child process can be started, or the fault-free run of a sweep fails.
@discardableResult
public func expectSimulation(
    _ scenario: any SimulationScenario, budget: Budget, mode: RunPool.Mode = .workers(), shrinksFor seconds: Double = 20,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws -> Exploration {
    let exploration = try Explorer.explore(scenario, budget: budget, mode: mode)
    var told = Set<String>()
    for failure in exploration.failures where told.insert(failure.verdict.kind).inserted {
        let story = try FailureStory(failure, of: scenario, coverage: exploration.coverage, mode: mode, secondsMax: seconds)
        Issue.record("\(story.text)", sourceLocation: sourceLocation)
    }
    for divergence in exploration.divergences { Issue.record("\(divergence)", sourceLocation: sourceLocation) }
    return exploration
}

/// Runs a kept tape again and records an issue when it does not pass: a run that failed once must not fail again.
///
///     @Test(arguments: Tapes.named("checkout")) func regression(_ tape: Tape) async throws { try await expectReplay(tape) }
///
/// Choices of the tape that the run never comes to are no issue: the code has moved on. They are in the report's `vanished`.
///
/// - Parameters:
///   - scenarios: where the tape's scenario is looked for; give your own.
///   - mode: a child process, whose trap or hang is an issue like any other; or this process: for debuggers.
/// - Throws: ``UnknownScenario``; `WorkerFailure` when no child process can be started.
@discardableResult
public func expectReplay(
    _ tape: Tape, among scenarios: [any SimulationScenario] = Scenarios.all, mode: RunPool.Mode = .workers(1),
    sourceLocation: SourceLocation = #_sourceLocation
) async throws -> RunReport {
    guard let scenario = Scenarios.named(tape.scenario, among: scenarios) else {
        throw UnknownScenario(name: tape.scenario, known: scenarios.map { type(of: $0).name })
    }
    let pool = RunPool(scenario, mode: mode)
    defer { pool.close() }
    let report = try pool.run(RunRequest(.tape(tape), keepsEvents: true)).report
    if !report.verdict.isPassed { Issue.record("\(Story(report))", sourceLocation: sourceLocation) }
    return report
}

/// Runs each seed twice and records an issue, naming the first event or draw that differs, when a run does not come out the same.
public func expectDeterministic(
    _ scenario: any SimulationScenario, seeds: ClosedRange<UInt64> = 1...5, mode: RunPool.Mode = .workers(),
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    for divergence in try DeterminismCheck.check(scenario, seeds: seeds, mode: mode) {
        Issue.record("\(divergence)", sourceLocation: sourceLocation)
    }
}

/// A tape names a scenario that is not among those it was looked for in.
public struct UnknownScenario: Error, CustomStringConvertible {
    public let name: String
    public let known: [String]
    public var description: String {
        "there is no scenario \(name); known are \(known.joined(separator: ", ")): pass yours as expectReplay(tape, among: [MyScenario()])"
    }
}

/// One failure, made small and told.
struct FailureStory {
    let text: String

    init(
        _ report: RunReport, of scenario: any SimulationScenario, coverage: Coverage, mode: RunPool.Mode, secondsMax: Double,
        tapes: URL = Tapes.waiting
    ) throws {
        var shrunk: ShrunkTape?
        var remarks = [String]()
        // A run that hangs is told as it is: each try takes as long as it takes to be sure that it does.
        if secondsMax > 0, case .workers = mode, !report.verdict.isHung {
            var shrinker = Shrinker(scenario, mode: mode)
            shrinker.secondsMax = secondsMax
            do { shrunk = try shrinker.shrink(report.tape, showing: report.verdict) } catch let error as ShrinkError {
                remarks.append("not shrunk: \(error)")
            }
        }
        var file: String?
        do { file = try Tapes.keep(shrunk?.tape ?? report.tape, in: tapes).path } catch {
            remarks.append("its tape could not be written, so it stands above: \(error)")
        }
        let story = shrunk.map { Story($0, tapeFile: file, coverage: coverage) } ?? Story(report, tapeFile: file, coverage: coverage)
        text = (["\(story)"] + remarks).joined(separator: "\n\n")
    }
}
