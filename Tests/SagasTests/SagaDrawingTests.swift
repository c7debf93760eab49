import Messaging
import Runtime
import Testing

@testable import Sagas

@Suite struct SagaDrawingTests {
    @Test func `the definition is drawn with its pivot and each compensation`() {
        let drawing = checkout.mermaid
        #expect(drawing.hasPrefix("flowchart TD\n    begin([begin]) --> s0\n"))
        #expect(drawing.contains(#"s1["2 reserve stock<br/><small>Inventory.Reserve.v1</small>"]"#))
        #expect(drawing.contains(#"s3{{"4 confirm order<br/><small>local</small><br/>pivot"}}"#))
        #expect(drawing.contains("s5 --> completed([completed])"))
        #expect(drawing.contains(#"c1("undo: Inventory.Release.v1")"#))
        #expect(drawing.contains("c2 -.-> c1"))
        #expect(drawing.contains("c0 -.-> compensated([compensated])"))
        #expect(drawing.contains(#"s3 -. "is refused" .-> c2"#))
        #expect(!drawing.contains("classDef"))
    }

    @Test func `an instance is drawn with what is done, now, ahead and undone`() throws {
        let instance = try Self.instance(.compensating, "d<x...", position: 1)
        let drawing = instance.mermaid
        for line in ["class s0 done", "class s1 done", "class c1 now", "class s2 failed", "class s3 ahead"] {
            #expect(drawing.contains("    \(line)\n"), "\(line)")
        }
    }

    @Test func `the text for terminals has a line a step, with marks and times`() throws {
        #expect(
            try Self.instance(.compensating, "d<x...", position: 1).text == """
                checkout 42  compensating: card declined
                  ✓ accept order       10:00:00.000  0 µs
                  ⟲ reserve stock      10:00:00.000
                  ✗ authorise payment  10:00:00.012  1.250 s
                  · confirm order      (pivot)
                  · capture payment
                  · ship
                """)
    }

    private static func instance(_ status: SagaStatus, _ marks: String, position: Int) throws -> SagaInstance {
        let start = Timestamp(rfc3339: "2026-01-01T10:00:00Z")!
        let log: [(Duration, String, SagaEvent)] = [
            (.zero, "accept order", .performed), (.zero, "reserve stock", .sent), (.milliseconds(12), "reserve stock", .succeeded),
            (.milliseconds(12), "authorise payment", .sent), (.milliseconds(1262), "authorise payment", .failed),
            (.milliseconds(1262), "reserve stock", .compensationSent),
        ]
        let steps = try #require(SagaProgress.steps(marks: marks))
        return SagaInstance(
            SagaRow(
                id: "42", progress: SagaProgress(status: status, steps: steps, position: position, attempt: 1, reason: "card declined"),
                startedAt: start, updatedAt: start + .milliseconds(1262)),
            "checkout", checkout.outline,
            log: log.map { SagaInstance.LogEntry(at: start + $0.0, step: $0.1, event: $0.2, detail: nil) })
    }
}
