import Testing

@testable import Sagas

/// Every state of the machine against every input.
@Suite struct SagaStateMachineTests {
    /// reserve (remote), book (local), note (nothing to undo), confirm (pivot), capture (remote), ship (local).
    static let outline = SagaOutline([
        .init("reserve", compensation: .remote), .init("book", isLocal: true, compensation: .local), .init("note"),
        .init("confirm", isPivot: true), .init("capture", isRetriable: true), .init("ship", isLocal: true, isRetriable: true),
    ])

    static var inputs: [SagaInput] {
        [.begin, .timedOut, .cancelRequested(reason: "changed mind")]
            + outline.steps.indices.flatMap { step -> [SagaInput] in
                [.succeeded(step), .failed(step, reason: "no"), .skipped(step), .interrupted(step), .compensated(step)]
            }
    }

    /// A machine whose step in work is the one marked `>` or `<`.
    static func machine(_ status: SagaStatus, _ marks: String, attempt: Int = 1) -> SagaStateMachine {
        let steps = SagaProgress.steps(marks: marks)!
        let position = steps.firstIndex { $0 == .now || $0 == .compensating } ?? (status == .running ? -1 : 0)
        return SagaStateMachine(
            outline: outline,
            progress: SagaProgress(
                status: status, steps: steps, position: position, attempt: attempt, reason: status == .compensating ? "no" : nil))
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let status: SagaStatus, marks: String, input: SagaInput
        let instruction: SagaInstruction, after: SagaStatus, marksAfter: String
        init(
            _ status: SagaStatus, _ marks: String, _ input: SagaInput, _ instruction: SagaInstruction, _ after: SagaStatus,
            _ marksAfter: String
        ) {
            self.status = status
            self.marks = marks
            self.input = input
            self.instruction = instruction
            self.after = after
            self.marksAfter = marksAfter
        }
        var testDescription: String { "\(status.rawValue) \(marks) \(input)" }
    }

    @Test(arguments: [
        Row(.running, "......", .begin, .perform(0), .running, ">....."),
        // Forward.
        Row(.running, ">.....", .succeeded(0), .perform(1), .running, "d>...."),
        Row(.running, "d>....", .succeeded(1), .perform(2), .running, "dd>..."),
        Row(.running, "d>....", .skipped(1), .perform(2), .running, "d->..."),
        Row(.running, "ddd>..", .succeeded(3), .perform(4), .running, "dddd>."),
        Row(.running, "ddddd>", .succeeded(5), .end(.completed), .completed, "dddddd"),
        Row(.running, "ddddd>", .skipped(5), .end(.completed), .completed, "ddddd-"),
        // Refused: what refused has nothing to undo, what was done before has.
        Row(.running, ">.....", .failed(0, reason: "no"), .end(.compensated), .compensated, "x....."),
        Row(.running, "d>....", .failed(1, reason: "no"), .compensate(0), .compensating, "<x...."),
        Row(.running, "dd>...", .failed(2, reason: "no"), .compensate(1), .compensating, "d<x..."),
        Row(.running, "ddd>..", .failed(3, reason: "no"), .compensate(1), .compensating, "d<dx.."),
        Row(.running, "d->...", .failed(2, reason: "no"), .compensate(0), .compensating, "<-x..."),
        Row(.running, "dddd>.", .failed(4, reason: "no"), .retryLater(4), .running, "dddd>."),
        // Timed out: the effect is not known, so the step itself is undone too, if it can be.
        Row(.running, ">.....", .timedOut, .compensate(0), .compensating, "<....."),
        Row(.running, "dd>...", .timedOut, .compensate(1), .compensating, "d<?..."),
        Row(.running, "ddd>..", .timedOut, .performAgain(3), .running, "ddd>.."),
        Row(.running, "dddd>.", .timedOut, .performAgain(4), .running, "dddd>."),
        Row(.running, "d>....", .timedOut, .performAgain(1), .running, "d>...."),
        // Local work that could not be done now.
        Row(.running, "d>....", .interrupted(1), .retryLater(1), .running, "d>...."),
        Row(.running, "ddddd>", .interrupted(5), .retryLater(5), .running, "ddddd>"),
        // Cancelled.
        Row(.running, ">.....", .cancelRequested(reason: "r"), .compensate(0), .compensating, "<....."),
        Row(.running, "d>....", .cancelRequested(reason: "r"), .compensate(0), .compensating, "<x...."),
        Row(.running, "dd>...", .cancelRequested(reason: "r"), .compensate(1), .compensating, "d<?..."),
        // Back.
        Row(.compensating, "d<x...", .compensated(1), .compensate(0), .compensating, "<cx..."),
        Row(.compensating, "<cx...", .compensated(0), .end(.compensated), .compensated, "ccx..."),
        Row(.compensating, "<cx...", .timedOut, .compensateAgain(0), .compensating, "<cx..."),
        Row(.compensating, "d<x...", .interrupted(1), .retryLater(1), .compensating, "d<x..."),
    ]) func `does what the table says`(_ row: Row) {
        var machine = Self.machine(row.status, row.marks)
        #expect(machine.handle(row.input) == row.instruction)
        #expect(machine.progress.status == row.after)
        #expect(machine.progress.marks == row.marksAfter)
    }

    @Test(arguments: [
        Row(.running, "......", .succeeded(0), .ignore("the saga has not begun"), .running, "......"),
        Row(.running, ">.....", .begin, .ignore("the saga has begun already"), .running, ">....."),
        Row(.running, "d>....", .succeeded(0), .ignore("duplicate reply"), .running, "d>...."),
        Row(.running, "d>....", .failed(0, reason: "no"), .ignore("late reply"), .running, "d>...."),
        Row(.running, "d>....", .succeeded(2), .ignore("unexpected reply: the step has not begun"), .running, "d>...."),
        Row(.running, "d>....", .compensated(0), .ignore("unexpected reply: the step is not being compensated"), .running, "d>...."),
        Row(.running, "ddd>..", .cancelRequested(reason: "r"), .ignore("the saga is past its point of no return"), .running, "ddd>.."),
        Row(.running, "dddd>.", .cancelRequested(reason: "r"), .ignore("the saga is past its point of no return"), .running, "dddd>."),
        Row(.compensating, "d<?...", .succeeded(2), .ignore("late reply"), .compensating, "d<?..."),
        Row(.compensating, "d<x...", .failed(2, reason: "no"), .ignore("duplicate reply"), .compensating, "d<x..."),
        Row(.compensating, "<cx...", .compensated(1), .ignore("duplicate reply"), .compensating, "<cx..."),
        Row(
            .compensating, "d<x...", .cancelRequested(reason: "r"), .ignore("the saga is being compensated already"), .compensating,
            "d<x..."),
        Row(.completed, "dddddd", .succeeded(5), .ignore("the saga has ended: it is completed"), .completed, "dddddd"),
        Row(.compensated, "ccx...", .timedOut, .ignore("the saga has ended: it is compensated"), .compensated, "ccx..."),
    ]) func `ignores what comes late, twice or not in turn`(_ row: Row) {
        var machine = Self.machine(row.status, row.marks)
        let before = machine.progress
        #expect(machine.handle(row.input) == row.instruction)
        #expect(machine.progress == before)
    }

    /// All progresses that any sequence of inputs can lead to; tries above two count as two.
    static let reachable: Set<SagaProgress> = {
        var seen: Set<SagaProgress> = [SagaProgress(stepCount: outline.steps.count)]
        var open = Array(seen)
        while let progress = open.popLast() {
            for input in inputs {
                var machine = SagaStateMachine(outline: outline, progress: progress)
                _ = machine.handle(input)
                var next = machine.progress
                next.attempt = min(next.attempt, 2)
                if seen.insert(next).inserted { open.append(next) }
            }
        }
        return seen
    }()

    @Test func `every reachable state keeps the promises for every input`() {
        #expect(Self.reachable.count > 50)
        for before in Self.reachable {
            for input in Self.inputs {
                var machine = SagaStateMachine(outline: Self.outline, progress: before)
                let isExpected = machine.expects(input)
                let instruction = machine.handle(input)
                let after = machine.progress
                let what = "\(before.status) \(before.marks) at \(before.position), \(input) → \(instruction), \(after.marks)"
                if case .ignore = instruction {
                    #expect(after == before, "an ignored input changes nothing: \(what)")
                    #expect(!isExpected, "\(what)")
                } else {
                    #expect(after != before, "\(what)")
                    switch input {
                    case .succeeded, .failed, .compensated: #expect(isExpected, "a reply that is not waited for has no effect: \(what)")
                    case .begin, .skipped, .interrupted, .timedOut, .cancelRequested: break
                    }
                    #expect(!before.status.isEnded, "an ended saga stays as it is: \(what)")
                }
                if before.status == .compensating { #expect(after.status != .running, "no way back to forward: \(what)") }
                if before.steps[3] == .done {
                    #expect(after.status != .compensating && after.status != .compensated, "past the pivot: \(what)")
                }
                if after.status == .completed { #expect(after.steps.allSatisfy { $0 == .done || $0 == .skipped }, "\(what)") }
                if after.status == .compensated {
                    let undone = zip(after.steps, Self.outline.steps).allSatisfy { status, step in
                        step.compensation == .none || (status != .done && status != .unknown && status != .compensating)
                    }
                    #expect(undone, "everything that may have happened is undone: \(what)")
                    #expect(after.reason != nil, "\(what)")
                }
                if before.status == .compensating, after.status == .compensating {
                    #expect(after.position <= before.position, "last first: \(what)")
                }
            }
        }
    }

    @Test func `from every reachable state a saga whose participants answer comes to its end`() {
        for start in Self.reachable {
            var progress = start
            var rounds = 0
            while !progress.status.isEnded, rounds < 20 {
                var machine = SagaStateMachine(outline: Self.outline, progress: progress)
                let input: SagaInput =
                    progress.position < 0
                    ? .begin : progress.status == .running ? .succeeded(progress.position) : .compensated(progress.position)
                _ = machine.handle(input)
                progress = machine.progress
                rounds += 1
            }
            #expect(progress.status.isEnded, "\(start)")
        }
    }
}
