import Foundation
import Testing

@testable import Simulation

/// The verbs of the simulation, as a person types them.
@Suite(.serialized) struct LabctlSimulationTests {
    private struct Outcome {
        let status: Int32
        let output: String
        let errors: String

        func object() throws -> [String: Any] {
            try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any], "\(output) \(errors)")
        }

        func text(_ key: String) throws -> String { try #require(try object()[key] as? String, "no \(key) in \(output)") }
    }

    private static let executable = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
        .appendingPathComponent("labctl")

    private func process(_ words: [String], _ tapes: URL) -> Process {
        let process = Process()
        process.executableURL = Self.executable
        process.arguments = words
        var variables = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("LAB_") }
        variables["LAB_TAPES"] = tapes.path
        process.environment = variables
        return process
    }

    private func labctl(_ words: String..., tapes: URL? = nil, input: String? = nil) throws -> Outcome {
        try run(words, tapes: tapes, input: input)
    }

    private func run(_ words: [String], tapes: URL? = nil, input: String? = nil) throws -> Outcome {
        let process = process(words, tapes ?? FileManager.default.temporaryDirectory.appendingPathComponent("simulation-tests"))
        let (output, errors, answers) = (Pipe(), Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = answers
        try process.run()
        if let input { answers.fileHandleForWriting.write(Data(input.utf8)) }
        try answers.fileHandleForWriting.close()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        let complaint = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
            errors: String(decoding: complaint, as: UTF8.self))
    }

    private func withFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("simulation-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    @Test func `one seed gives one digest in two processes and in this one, another seed another one`() throws {
        let first = try labctl("sim", "--scenario", "order-events", "--seed", "7", "--json").text("digest")
        #expect(first.count == 16)
        #expect(try labctl("sim", "--scenario", "order-events", "--seed", "7", "--json").text("digest") == first)
        #expect(try labctl("sim", "--scenario", "order-events", "--seed", "7", "--in-process", "--json").text("digest") == first)
        #expect(try labctl("sim", "--scenario", "order-events", "--seed", "8", "--json").text("digest") != first)
        #expect(Simulator.run(OrderEvents(), seed: 7).digest == first)
    }

    @Test func `many seeds in two processes: the same digests, written line by line`() throws {
        try withFolder { folder in
            func digests(_ name: String, _ workers: String) throws -> String {
                let file = folder.appendingPathComponent(name)
                let outcome = try labctl(
                    "sim", "--scenario", "order-events", "--seeds", "1..12", "--twice", "--digests", file.path, "--workers", workers)
                #expect(outcome.status == 0, "\(outcome.output) \(outcome.errors)")
                return try String(contentsOf: file, encoding: .utf8)
            }
            let first = try digests("a", "1")
            #expect(first.split(separator: "\n").count == 12)
            #expect(try digests("b", "2") == first)
        }
    }

    @Test func `what is wrong is said, with what to type next`() throws {
        let seed = try labctl("sim", "--seed", "twelve")
        #expect(seed.status == 2 && seed.errors.contains("\"twelve\" is not a seed") && seed.errors.contains("next:"))
        let negative = try labctl("sim", "--seed=-3", "--json")
        #expect(negative.status == 2 && negative.errors.contains("is not a seed"))
        #expect(try labctl("sim", "--seed", "-1").errors.contains("\"-1\" is not a seed"))
        let range = try labctl("sim", "--seeds", "9..2")
        #expect(range.status == 2 && range.errors.contains("empty range"))
        let scenario = try labctl("sim", "--scenario", "chekout")
        #expect(scenario.status == 2 && scenario.errors.contains("did you mean \"checkout\""))
        let budget = try labctl("sim", "--budget", "pull-requests")
        #expect(budget.status == 2 && budget.errors.contains("did you mean \"pull-request\""), "\(budget.errors)")
        let both = try labctl("sim", "--seed", "1", "--branch", "10")
        #expect(both.status == 2 && both.errors.contains("do not go together") && both.errors.contains("next:"))
        #expect(try labctl("sim", "--strategy", "luck").errors.contains("portfolio"))
        let strategy = try labctl("sweep", "--scenario", "nothing-like-it")
        #expect(strategy.status == 2 && strategy.errors.contains("labctl sim --list"))
        let tape = try labctl("replay", "/no/such/tape.json")
        #expect(tape.status == 2 && tape.errors.contains("there is no tape"))
        let early = try labctl("replay", "/no/such/tape.json", "--sql", "orders")
        #expect(early.status == 2 && early.errors.contains("--until"))
        #expect(try labctl("sim", "--list").output.contains("checkout.chaos"))
    }

    @Test func `options that would be left unread, and files that cannot be written, are refused before anything is run`() throws {
        for words in [
            ["--seeds", "1..3", "--events"], ["--branch", "9", "--tape", "t.json"], ["--failures", "2"], ["--seed", "1", "--seconds", "9"],
            ["--branch", "9", "--twice"], ["--budget", "branch", "--strategy", "fifo"], ["--list", "--seed", "1"],
            ["--seeds", "1..3", "--failures", "0"],
        ] {
            let outcome = try run(["sim"] + words)
            #expect(outcome.status == 2 && outcome.errors.contains("next: labctl sim"), "\(words): \(outcome.output) \(outcome.errors)")
        }
        #expect(try labctl("replay", "t.json", "--until", "3", "--events").errors.contains("do not go with --until"))
        try withFolder { folder in
            let (nowhere, tape) = (folder.appendingPathComponent("no").path, folder.appendingPathComponent("t.json"))
            try Tape(scenario: "order-events", seed: 1).write(to: tape)
            for words in [
                ["sim", "--html"], ["sim", "--junit"], ["sim", "--tape"], ["sim", "--digests"], ["sim", "--seeds", "1..9", "--digests"],
                ["sweep", "--html"], ["sweep", "--junit"], ["replay", tape.path, "--html"], ["shrink", tape.path, "--into"],
            ] {
                let outcome = try run(words + ["\(nowhere)/file"])
                #expect(
                    outcome.status == 2 && outcome.output.isEmpty && outcome.errors.contains("no folder"), "\(words): \(outcome.errors)")
                #expect(outcome.errors.contains("next: mkdir -p \(nowhere)"), "\(words): \(outcome.errors)")
            }
            #expect(!FileManager.default.fileExists(atPath: nowhere))
            let digests = folder.appendingPathComponent("digests")
            #expect(try labctl("sim", "--scenario", "order-events", "--digests", digests.path).status == 0)
            #expect(try String(contentsOf: digests, encoding: .utf8).hasPrefix("1 "), "one run has a line, too")
        }
    }

    @Test func `a search that branches says how many runs have branched, and whose claims are counted`() throws {
        let few = try labctl("sim", "--scenario", "checkout.chaos", "--branch", "2")
        #expect(few.status == 0 && few.output.contains("0 of them branched") && few.output.contains("`sometimes` claims"), "\(few.output)")
    }

    @Test func `ctrl-C in the middle of many runs: interrupted, with the counts, not passed`() throws {
        let process = process(["sim", "--scenario", "order-events", "--seeds", "1..1000000"], FileManager.default.temporaryDirectory)
        let text = try interrupted(process)
        #expect(process.terminationStatus == 130)
        #expect(text.hasPrefix("interrupted order-events") && text.contains("none failed"), "\(text)")
    }

    @Test(arguments: [
        ("waits", "not settled", ["a spare part that nobody delivers", "group workshop has one message to go", "needs a deadline"]),
        ("blocks", "hung", ["no progress for 1 real second", "the latest event", "must not block its thread"]),
        ("traps", "trapped", ["Index out of range", "the latest event", "BrokenDefects.Traps.work"]),
        ("escapes", "escaped", ["a task that runs on no lane", "BrokenDefects.Escapes.work", "world.spawn"]),
    ]) func `a run that does not come to its end says what, where and what to do`(_ defect: String, _ verdict: String, _ words: [String])
        throws
    {
        try withFolder { folder in
            let outcome = try labctl("sim", "--scenario", "broken.\(defect)", tapes: folder)
            #expect(outcome.status == 1, "\(outcome.errors)")
            for word in words + ["failed: \(verdict)", "replay  labctl replay"] {
                #expect(outcome.output.contains(word), "\(word) in:\n\(outcome.output)")
            }
            guard verdict == "not settled" || verdict == "trapped" else { return }
            let tape = try #require(try FileManager.default.contentsOfDirectory(atPath: folder.path).first)
            let again = try labctl("replay", folder.appendingPathComponent(tape).path, "--json")
            let kind = try again.text("verdict")
            #expect(again.status == 1 && kind == verdict)
        }
    }

    @Test func `a run that is not the same twice says where the two part, and what to write instead`() throws {
        let one = try labctl("sim", "--scenario", "broken.guesses", "--seed", "5", "--twice")
        #expect(one.status == 1 && one.errors.contains("two runs part") && one.errors.contains("world.random"), "\(one.errors)")
        let many = try labctl("sim", "--scenario", "broken.guesses", "--seeds", "1..2", "--twice")
        #expect(many.status == 1 && many.output.contains("not deterministic") && many.output.contains("at event"), "\(many.output)")
        #expect(try labctl("sim", "--scenario", "order-events", "--twice").errors.contains("no difference"))
    }

    @Test func `a tape from another version names the labels that have vanished`() throws {
        try withFolder { folder in
            let file = folder.appendingPathComponent("old.json")
            let choice = Choice(.fault, "service.crash/orders/store.formerly", index: 0, arity: 2, value: 1)
            try Tape(scenario: "order-events", seed: 1, choices: [choice], oracle: "no-order-lost").write(to: file)
            let outcome = try labctl("replay", file.path)
            #expect(outcome.status == 1 && outcome.errors.contains("another version"), "\(outcome.errors)")
            #expect(outcome.errors.contains("service.crash/orders/store.formerly #0"))
            let shrink = try labctl("shrink", file.path)
            #expect(shrink.status == 1 && shrink.errors.contains("does not fail"))
            var unknown = Tape(scenario: "gone", seed: 1)
            unknown.format = 99
            try unknown.write(to: file)
            #expect(try labctl("replay", file.path).errors.contains("format 99"))
        }
    }

    @Test func `a run is stopped at an event and asked`() throws {
        try withFolder { folder in
            let file = folder.appendingPathComponent("run.json").path
            #expect(try labctl("sim", "--scenario", "order-events", "--seed", "3", "--tape", file).status == 0)
            let events = try labctl("replay", file, "--events", "--json").output.split(separator: "\n").map {
                try JSONDecoder().decode(EventRecord.self, from: Data($0.utf8))
            }
            let commits = events.filter { $0.instance == "order-service" && $0.point == "store.after" }
            let commit = try #require(commits.first { $0.number > events.first { $0.subject == "chaos" }!.number })
            func count(_ number: Int) throws -> Int? {
                let answer = try labctl(
                    "replay", file, "--until", "\(number)", "--sql", "orders", "SELECT count(*) FROM orders_order", "--json")
                return (try answer.object()["rows"] as? [[Int]])?.first?.first
            }
            #expect(try count(commit.number - 1) == 0 && count(commit.number) == 1, "\(commit)")
            let last = events.count - 1
            #expect(try labctl("replay", file, "--until", "\(last - 40)", "--topic", "order-events").output.contains("order"))
            let prompt = try labctl(
                "replay", file, "--until", "\(commit.number)", input: "sql orders SELECT 41 + 1 AS answer\ntopic\ncauses\nnonsense\nquit\n")
            #expect(prompt.status == 0 && prompt.output.contains("42") && prompt.output.contains("order-events"), "\(prompt)")
            let late = try labctl("replay", file, "--until", "999999", "--sql", "orders")
            #expect(late.status == 2 && late.errors.contains("no event 999999"))
            let page = folder.appendingPathComponent("run.html")
            #expect(try labctl("replay", file, "--html", page.path, "--junit", folder.appendingPathComponent("run.xml").path).status == 0)
            #expect(try String(contentsOf: page, encoding: .utf8).contains("orders_order"))
        }
    }

    @Test func `without its outbox the checkout loses orders: the sweep turns red, and says which order and why`() throws {
        try withFolder { folder in
            let outcome = try labctl("sweep", "--scenario", "checkout.no-outbox", "--pairs", "40", tapes: folder)
            #expect(outcome.status == 1, "\(outcome.errors)")
            #expect(outcome.output.contains("relay.publish") && outcome.output.contains("crashed at") && outcome.output.contains("found"))
            let tapes = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            let tape = folder.appendingPathComponent(try #require(tapes.first)).path
            let replayed = try labctl("replay", tape, "--json")
            #expect(replayed.status == 1)
            let shrunk = try labctl("shrink", tape, "--json", tapes: folder)
            let confirmed = try shrunk.object()["confirmed"] as? Int
            #expect(shrunk.status == 0 && confirmed == 3, "\(shrunk.output) \(shrunk.errors)")
        }
    }

    @Test func `the sweep answers a line for each point, and ctrl-C leaves the lines there are`() throws {
        let whole = try labctl("sweep", "--scenario", "order-events", "--json")
        #expect(whole.status == 0, "\(whole.errors)")
        let lines = try whole.output.split(separator: "\n").map { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
        #expect(lines.count > 20)
        for line in lines {
            #expect(
                line?["point"] is String && line?["instance"] is String && (line?["reached"] as? Int ?? 0) > 0
                    && line?["verdict"] as? String == "passed")
        }
        let process = process(["sweep", "--scenario", "checkout"], FileManager.default.temporaryDirectory)
        let text = try interrupted(process)
        #expect(process.terminationStatus == 130)
        #expect(text.contains("POINT") && text.contains("not run") && text.contains("interrupted"), "\(text)")
    }

    /// What it says when it is told to end in the middle of its work.
    private func interrupted(_ process: Process) throws -> String {
        let output = Pipe()
        process.standardOutput = output
        process.standardError = Pipe()
        try process.run()
        // Into the middle of it: before the first child is there, the signal would meet a program that has not begun.
        while (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.processIdentifier)/task/\(process.processIdentifier)")
            .contains("children")) == true,
            (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/task/\(process.processIdentifier)/children", encoding: .utf8))?
                .split(separator: " ").count ?? 2 < 2
        {}
        process.interrupt()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text
    }
}
