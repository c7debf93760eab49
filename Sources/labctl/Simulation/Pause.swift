import ArgumentParser
import Foundation
import Lab
import Runtime
import Simulation

/// A tape replayed up to an event, in this process, and then open to questions.
struct Pause {
    private let number: Int
    private let tape: Tape
    private let scenario: any SimulationScenario
    private let questions: [Question]
    private let output: Output

    init(at number: Int, of tape: Tape, _ scenario: any SimulationScenario, questions: [Question], output: Output) {
        self.number = number
        self.tape = tape
        self.scenario = scenario
        self.questions = questions
        self.output = output
    }

    /// What came of stopping.
    private final class Outcome {
        var stoppedAt: Int?
        var failure: (any Error)?
    }

    func run() throws {
        let outcome = Outcome()
        var options = Simulator.Options()
        options.onEvent = { lab, event in
            guard event.number >= number, outcome.stoppedAt == nil else { return }
            stop(lab, outcome)
            throw Simulator.StopHere()
        }
        options.atEnd = { lab, report in
            // An oracle that fails at the event ends the run before anyone else is told of it.
            guard outcome.stoppedAt == nil, report.eventCount > number else { return }
            stop(lab, outcome)
        }
        let report = Simulator.replay(tape, of: scenario, options: options)
        if let failure = outcome.failure { throw failure }
        guard outcome.stoppedAt != nil else {
            throw LabError(
                .usage, "the run has no event \(number)", why: "it ended at event \(report.eventCount - 1): \(report.verdict.kind)",
                next: "labctl replay \(CommandLine.arguments.dropFirst(2).first ?? "TAPE") --events")
        }
    }

    private func stop(_ lab: SimulatedLab, _ outcome: Outcome) {
        let events = lab.run.history.events
        outcome.stoppedAt = events.count - 1
        let inspection = LabInspection(lab)
        if !output.isJSON {
            Terminal.complain(
                Terminal.dim("stopped at event \(events.count - 1): \(events.last.map { "\($0)" } ?? "nothing has happened")"))
        }
        do {
            for question in questions { try question.ask(inspection, output) }
            if questions.isEmpty { Prompt(inspection, lab.run.history, output).run() }
        } catch {
            outcome.failure = error
        }
    }
}

/// Asks for questions until there are no more.
private struct Prompt {
    private let lab: LabInspection
    private let history: History
    private let output: Output

    init(_ lab: LabInspection, _ history: History, _ output: Output) {
        self.lab = lab
        self.history = history
        self.output = output
    }

    private static let help = """
        sql SERVICE [QUERY]   a service's tables, or what a SELECT finds
        topic [NAME]          the topics, or what one holds
        saga [ID]             where the sagas stand, or the log of one
        events [N]            the last events
        causes [NUMBER]       what led to an event; to this one by default
        quit
        """

    private static let causesMax = 40

    func run() {
        if isatty(0) == 1 { Terminal.complain(Self.help) }
        while true {
            if isatty(0) == 1 { FileHandle.standardError.write(Data("> ".utf8)) }
            guard let line = readLine() else { return }
            let words = line.split(separator: " ", maxSplits: 2).map(String.init)
            guard let verb = words.first else { continue }
            if ["quit", "exit", "q"].contains(verb) { return }
            do { try answer(verb, words) } catch { Terminal.complain("\(error)") }
        }
    }

    private func answer(_ verb: String, _ words: [String]) throws {
        switch verb {
        case "sql":
            guard words.count > 1 else { return Terminal.complain("services: \(lab.services.joined(separator: ", "))") }
            try Question.sql(words[1], words.count > 2 ? words[2] : nil).ask(lab, output)
        case "topic": try (words.count > 1 ? Question.topic(words[1]) : .topics).ask(lab, output)
        case "saga": try Question.saga(words.count > 1 ? words[1] : nil).ask(lab, output)
        case "events":
            for event in history.events.suffix(words.count > 1 ? Int(words[1]) ?? 20 : 20) { Terminal.line("#\(event.number) \(event)") }
        case "causes":
            let number = words.count > 1 ? Int(words[1]) ?? -1 : history.events.count - 1
            guard history.events.indices.contains(number) else { return Terminal.complain("there is no event \(number)") }
            for event in history.causes(of: number).suffix(Self.causesMax) { Terminal.line("#\(event.number) \(event)") }
        default: Terminal.complain(Self.help)
        }
    }
}
