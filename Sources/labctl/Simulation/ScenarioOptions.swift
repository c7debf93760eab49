import ArgumentParser
import Foundation
import Lab
import Simulation

/// What every verb of the simulation asks: how runs are done, and how they are shown.
struct RunOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Processes that run side by side; one per core when absent.", valueName: "n")) var workers: Int?
    @Flag(help: "Run in this process, for a debugger: a trap ends it.") var inProcess = false
    @Option(help: ArgumentHelp("Write a page that shows the run; of many runs the first that fails.", valueName: "file")) var html: String?
    @Option(help: ArgumentHelp("Write the result for a build server.", valueName: "file")) var junit: String?
    @Flag(help: "Answer as JSON; streams as one document a line.") var json = false

    var mode: RunPool.Mode { inProcess ? .inProcess : .workers(workers) }
    var output: Output { Output(isJSON: json) }

    func validate() throws {
        if let workers, workers < 1 { throw ValidationError("--workers must be at least 1") }
        if workers != nil, inProcess { throw ValidationError("--workers and --in-process do not go together") }
    }

    /// Before anything is run.
    func checkFiles() throws {
        try OutputFile.check(html, "--html")
        try OutputFile.check(junit, "--junit")
    }

    /// The result for a build server, when one is asked for.
    func writeJUnit(_ exploration: Exploration) throws {
        guard let junit else { return }
        try Data(JUnitReport(exploration).description.utf8).write(to: URL(fileURLWithPath: junit))
    }
}

/// Scenarios, seeds and tapes as a person types them.
enum Spoken {
    static func scenario(_ name: String) throws -> any SimulationScenario {
        let plain = name == "checkout.happy" ? "checkout" : name
        guard let scenario = Scenarios.named(plain) else {
            throw LabError.unknown("scenario", name, known: Scenarios.names, list: "labctl sim --list")
        }
        return scenario
    }

    static func seed(_ text: String) throws -> UInt64 {
        guard let seed = UInt64(text) else {
            throw LabError(
                .usage, "\"\(text)\" is not a seed", why: "a seed is a whole number from 0 to \(UInt64.max)", next: "labctl sim --seed 42")
        }
        return seed
    }

    /// Of one search: more than anybody waits for.
    static let runsMax: UInt64 = 1_000_000_000

    /// `1..200`, or `1...200`; both ends are meant.
    static func seeds(_ text: String) throws -> ClosedRange<UInt64> {
        let ends = text.split(separator: ".", omittingEmptySubsequences: true).map(String.init)
        guard text.contains(".."), ends.count == 2 else {
            throw LabError(
                .usage, "\"\(text)\" is not a range of seeds", why: "it is two numbers with .. between them",
                next: "labctl sim --seeds 1..200")
        }
        let (first, last) = (try seed(ends[0]), try seed(ends[1]))
        guard first <= last else {
            throw LabError(.usage, "\"\(text)\" is an empty range of seeds", next: "labctl sim --seeds \(last)..\(first)")
        }
        guard last - first < runsMax else {
            throw LabError(
                .usage, "\"\(text)\" is too long a range of seeds", why: "at most \(runsMax) runs",
                next: "labctl sim --seeds \(first)..\(first + 199)")
        }
        return first...last
    }

    static func strategy(_ text: String) throws -> Strategy {
        guard let strategy = Strategy(text) else {
            throw LabError.unknown("strategy", text, known: ["fifo", "random", "pct", "pct(5)", "portfolio"])
        }
        return strategy
    }

    static func tape(_ path: String) throws -> Tape {
        do {
            return try Tape.read(URL(fileURLWithPath: path))
        } catch let error as TapeError {
            throw LabError(.usage, "\(error)", next: "labctl sim --seeds 1..200   (writes the tape of a run that fails)")
        }
    }

    static func scenario(of tape: Tape, _ path: String) throws -> any SimulationScenario {
        guard let scenario = Scenarios.named(tape.scenario) else {
            let unknown = LabError.unknown("scenario", tape.scenario, known: Scenarios.names)
            throw LabError(
                .usage, "\(path) is a tape of \(tape.scenario), which this program does not have", why: unknown.why,
                next: "replay it where the scenario is: expectReplay in its tests")
        }
        return scenario
    }
}

/// Where the tapes of runs that failed are put until somebody decides to keep them.
enum TapeFolder {
    static func keep(_ tape: Tape) throws -> String {
        let place = ProcessInfo.processInfo.environment["LAB_TAPES"].map { URL(fileURLWithPath: $0) }
        let folder = place ?? FileManager.default.temporaryDirectory.appendingPathComponent("servicelab-tapes")
        let cause = (tape.oracle ?? "run").map { $0.isLetter || $0.isNumber ? String($0) : "-" }.joined()
        let file = folder.appendingPathComponent("\(tape.scenario)-\(cause)-\(tape.seed).json")
        try tape.write(to: file)
        return file.path
    }
}

/// Errors of the simulation's own types, as every verb shows errors.
func explaining<T>(_ body: () throws -> T) throws -> T {
    do {
        return try body()
    } catch let error as WorkerFailure {
        throw LabError(.failed, "\(error)", next: "labctl sim --in-process …")
    } catch let error as ShrinkError {
        throw LabError(.failed, "\(error)", next: "labctl replay TAPE")
    }
}
