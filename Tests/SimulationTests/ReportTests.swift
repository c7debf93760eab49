import Foundation
#if canImport(FoundationXML)
    import FoundationXML
#endif
import Runtime
import Testing

@testable import Simulation

/// What people read about a run.
@Suite struct ReportTests {
    private let start: Int64 = 1_767_225_600_000_000

    private var failure: RunReport {
        let events: [EventRecord] = [
            .sample(0, micros: start, "client", "rpc.send", "orders POST /orders"),
            .sample(1, cause: 0, micros: start + 1_000, "orders", "store.begin", "1"),
            .sample(2, cause: 1, micros: start + 2_000, "orders", "fault.service.crash", "orders/store.after"),
            .sample(3, cause: 2, micros: start + 2_000, "orders", "world.crash", "store.after"),
            .sample(4, cause: 3, micros: start + 9_000, "payments", "store.after", "</script><b>"),
        ]
        let violation = Violation(
            oracle: "no order lost", expected: "order 1 is decided", found: "it is <pending>\nfor ever", event: 4,
            at: "2026-01-01T00:00:00.009Z")
        return .sample(
            verdict: .violated(violation),
            choices: [
                Choice(.workload, "quantity", index: 0, arity: 3, value: 2),
                Choice(.fault, "service.crash/orders/store.after", index: 1, arity: 2, value: 1),
            ], events: events, points: [RunReport.PointCount(point: "store.after", instance: "orders", reached: 3)],
            faults: ["service.crash": 1],
            claims: ["a card is declined": true, "a saga is compensated": false])
    }

    @Test func `a story says what was expected and found, when, what was out of the ordinary, what led there and how to see it again`() {
        let story = Story(failure, tapeFile: "/tmp/lost.json", coverage: Coverage([failure])).description
        for part in [
            "checkout.sample failed: no order lost (seed 42", "expected  order 1 is decided", "found     it is <pending>",
            "            for ever",
            "2026-01-01T00:00:00.009Z", "after 12.5 s of virtual time", "at event 4: payments store.after",
            "1. the orders service crashed at store.after, the 2nd time it came there  [00:00:00.002000]",
            "2. the workload chose quantity = 2",
            "What led to event 4:", "#2  orders  fault.service.crash", "expectReplay(Tape.read(\"/tmp/lost.json\")",
            "look(into: Tape.read(\"/tmp/lost.json\"), of: YourScenario(), at: 4)",
            "keep    mkdir -p Fixtures/tapes && cp /tmp/lost.json Fixtures/tapes/", "1 of 2 claims", "never: a saga is compensated",
        ] { #expect(story.contains(part), "no \"\(part)\" in\n\(story)") }
    }

    @Test func `a story of a run that is out of the ordinary in nothing says so`() {
        let story = Story(.sample(verdict: .stalled("ana waits for a sign"))).description
        #expect(story.contains("ana waits for a sign") && story.contains("no faults; the simplest workload"))
        #expect(story.contains("budget: .seeds(42...42)"))
    }

    @Test func `a story without a tape's file says how to do that very run again`() throws {
        func replay(_ report: RunReport) -> String { Story(report).description.components(separatedBy: "\nreplay  ").last ?? "" }
        var report = RunReport.sample(verdict: .stalled("ana waits"), drawnBy: .pct(depth: 3))
        #expect(replay(report).hasPrefix("budget: .seeds(42...42), with budget.strategy = .pct(depth: 3)"))
        report.scenario = "checkout"
        #expect(replay(report).hasPrefix("labctl sim --scenario checkout --seed 42 --strategy 'pct(3)'"))
        report.drawnBy = .portfolio
        #expect(replay(report).components(separatedBy: "\n")[0] == "labctl sim --scenario checkout --seed 42")
        // No seed tells a branch: its choices do.
        report = .sample(verdict: .stalled("ana waits"), choices: [Choice(.workload, "colour", index: 0, arity: 3, value: 2)], drawnBy: nil)
        let lines = replay(report).components(separatedBy: "\n")
        #expect(lines[0].contains("expectReplay(Tape.read(\"TAPE\")"))
        let tape = try JSONDecoder().decode(Tape.self, from: Data(lines.dropFirst().prefix { $0.hasPrefix(" ") }.joined().utf8))
        #expect(tape == report.tape)
    }

    @Test(arguments: [Strategy.random, .portfolio]) func `the strategy that was asked for and the seed give a run again`(
        _ strategy: Strategy
    ) throws {
        let report = RunRequest(.seed(3, strategy)).perform(Ordering(faults: .swarm)).report
        #expect(report.drawnBy == strategy)
        #expect(Simulator.run(Ordering(faults: .swarm), seed: 3, strategy: try #require(report.drawnBy)).digest == report.digest)
        #expect(RunRequest(.branch(report.tape, afterDraws: 5, seed: 9)).perform(Ordering()).report.drawnBy == nil)
    }

    @Test func `every kind of fault has words of its own`() {
        var seen = Set<String>()
        for kind in FaultKind.allCases {
            let words = ChoiceWords(Choice(.fault, "\(kind.rawValue)/orders/store.after", index: 2, arity: 5, value: 3)).description
            #expect(!words.contains(kind.rawValue) && seen.insert(words).inserted, "\(words)")
        }
        let call = ChoiceWords(Choice(.fault, "call.lost-after/orders>payments", index: 0, arity: 2, value: 1)).description
        #expect(call == "the answer to the 1st call from orders to payments was lost")
        #expect(
            ChoiceWords(Choice(.schedule, "orders", index: 11, arity: 4, value: 2)).description
                == "the 12th time orders was next in line, the 2nd behind it went first")
    }

    @Test func `ordinals`() {
        #expect(
            [1, 2, 3, 4, 11, 12, 13, 21, 22, 101, 111].map(ChoiceWords.ordinal) == [
                "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "101st", "111th",
            ])
    }

    @Test func `the page needs nothing else, and no content breaks it`() throws {
        let snapshot = TableSnapshot(
            event: 4, service: "orders", table: "orders_order", columns: ["id", "status"], rows: [["1", "</script>"], ["2", nil]],
            left_out: 3)
        let html = HTMLReport(RunRecording(report: failure, snapshots: [snapshot], isCut: false), tapeFile: "lost.json").html
        #expect(
            !html.contains("http:") && !html.contains("https:") && !html.contains("src=") && !html.contains("@import")
                && !html.contains("{{"))
        #expect(html.components(separatedBy: "</script>").count == 3, "only the page's own two scripts end")
        #expect(html.contains("it is &lt;pending&gt;") && html.contains("the orders service crashed at store.after"))
        let begin = try #require(html.range(of: "type=\"application/json\">"))
        let end = try #require(html[begin.upperBound...].range(of: "</script>"))
        let object = try JSONSerialization.jsonObject(with: Data(html[begin.upperBound..<end.lowerBound].utf8)) as? [String: Any]
        #expect(
            (object?["events"] as? [Any])?.count == 5 && (object?["snapshots"] as? [Any])?.count == 1 && object?["failing"] as? Int == 4)
    }

    @Test func `a comment that begins in the data does not hide the page's own script`() throws {
        let odd = "<!--<script>"
        let snapshot = TableSnapshot(event: 4, service: "orders", table: "t", columns: ["c"], rows: [[odd]], left_out: 0)
        let html = HTMLReport(RunRecording(report: failure, snapshots: [snapshot], isCut: false)).html
        let begin = try #require(html.range(of: "type=\"application/json\">"))
        let end = try #require(html[begin.upperBound...].range(of: "</script>"))
        let data = html[begin.upperBound..<end.lowerBound]
        #expect(!data.contains("<"))
        let object = try JSONSerialization.jsonObject(with: Data(data.utf8)) as? [String: Any]
        let rows = (object?["snapshots"] as? [[String: Any]])?.first?["rows"] as? [[String]]
        #expect(rows == [[odd]])
    }

    @Test func `a page of a long run leaves out the middle`() {
        let events = (0..<20_000).map { EventRecord.sample($0, cause: $0 == 0 ? nil : $0 - 1, micros: start, "orders", "store.after", "x") }
        let html = HTMLReport(RunRecording(report: .sample(events: events), snapshots: [], isCut: false)).html
        #expect(html.utf8.count < 1_000_000 && html.contains("\"omitted\":16000"))
    }

    @Test func `a recording holds the tables as they were after each commit that changed them`() throws {
        let report = Simulator.run(Ordering(), seed: 1, strategy: .fifo)
        let recording = RunRecorder().record(report.tape, of: Ordering())
        #expect(recording.report.digest == report.digest)
        let orders = recording.snapshots.filter { $0.table == "orders_order" }
        #expect(orders.first?.rows.count == 1 && !recording.isCut)
        let numbers = Set(recording.report.events?.filter { $0.point == "store.after" }.map(\.number) ?? [])
        #expect(recording.snapshots.dropLast(40).allSatisfy { numbers.contains($0.event) || $0.event == recording.report.eventCount - 1 })
        #expect(zip(recording.snapshots, recording.snapshots.dropFirst()).allSatisfy { $0.event <= $1.event })
        var small = SnapshotLimits()
        small.sizeMax = 500
        #expect(RunRecorder(limits: small).record(report.tape, of: Ordering()).isCut)
    }

    @Test func `a build server reads a case for each run, and the story of those that failed`() throws {
        let result = try Explorer.explore(Ordering(twist: .failsOnChoice), budget: .seeds(1...60), mode: .inProcess)
        let xml = JUnitReport(result).description
        let failed = try #require(result.failures.first)
        #expect(
            xml.hasPrefix("<?xml") && xml.contains("tests=\"\(result.runs.count)\" failures=\"1\"")
                && xml.contains("name=\"seed \(failed.seed)\""))
        #expect(xml.contains("<failure message=\"tests: nothing is wrong\">") && xml.contains("expected"))
        let parser = XMLParser(data: Data(xml.utf8))
        #expect(parser.parse(), "\(parser.parserError.map { "\($0)" } ?? "")")
        #expect(JUnitReport.escaped("a<b&\u{1}\"") == "a&lt;b&amp;?&quot;")
    }

    private func parses(_ xml: String) -> Bool { XMLParser(data: Data(xml.utf8)).parse() }

    @Test func `a place that was not crashed is skipped, not passed`() {
        let places =
            (0..<3).map { CrashPlace(instance: "orders", point: "store.after", index: $0) }
            + (0..<2).map { CrashPlace(instance: "orders", point: "bus.ack", index: $0) }
            + [
                CrashPlace(instance: "users", point: "store.begin", index: 0),
                CrashPlace(instance: "users", point: "store.commit", index: 0),
            ]
        var table = CrashTable(places: places)
        table.note(places[0], .passed, Tape(scenario: "s", seed: 1))
        table.note(places[3], .stalled("no"), Tape(scenario: "s", seed: 1))
        table.note(places[5], .passed, Tape(scenario: "s", seed: 1))
        var exploration = Exploration(scenario: "s", budget: "every single crash")
        exploration.crashes = table
        let xml = JUnitReport(exploration).description
        #expect(xml.contains("tests=\"4\" failures=\"1\" errors=\"0\" skipped=\"2\"") && parses(xml), "\(xml)")
        for skipped in ["1 of 3 were run, and passed", "not run"] { #expect(xml.contains("<skipped message=\"\(skipped)\"/>"), "\(xml)") }
    }

    @Test func `branches of one seed are cases of their own, each with its own story`() throws {
        var exploration = Exploration(scenario: "checkout.sample", budget: "branches")
        for (number, what) in ["the first", "the second"].enumerated() {
            var report = RunReport.sample(verdict: .stalled(what), drawnBy: nil)
            report.strategy = "branch"
            exploration.runs.append(Exploration.Run(40 + number, RunAnswer(report: report, draws: nil, places: nil, seconds: 0)))
            exploration.failures.append(report)
        }
        let cases = JUnitReport(exploration).description.components(separatedBy: "<testcase ").dropFirst()
        #expect(Set(cases.map { $0.prefix { $0 != ">" } }).count == 2 && cases.allSatisfy { $0.contains("a branch of seed 42") })
        #expect(cases.first?.contains("the first") == true && cases.last?.contains("the second") == true, "\(cases)")
    }
}
