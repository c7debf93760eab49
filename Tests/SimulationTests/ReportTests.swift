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
}
