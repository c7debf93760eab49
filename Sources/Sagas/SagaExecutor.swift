import Foundation
import GRDB
import Messaging
import Reliability
import Runtime
import Storage

/// Runs the sagas of one definition inside the transactions of the service that coordinates them.
///
///     let checkout = SagaExecutor(checkoutDefinition, world: context.world)
///     try checkout.begin("42", Checkout(order), in: tx)            // with the order's own rows
///     checkout.install(consumers: &handlers, timers: &timers)      // replies and time-outs
///
/// State, timer, log and outgoing commands commit together, with the inbox row of the reply that led to them: whatever crashes
/// in between, a saga is never between two steps. Late and duplicate replies are recorded in `saga_log` and change nothing.
///
/// A transition is one read, one update, one insert for all its log lines, one outbox row a command, and a timer when the step has a
/// time-out. An error of a local action is retried by the saga itself, by a durable timer.
public final class SagaExecutor<State: Codable & Sendable>: Sendable {
    public let definition: SagaDefinition<State>
    private let world: World
    private let policies: SagaRetryPolicies
    private let timerKind: String
    /// What a message type can mean for which step; several steps may share a type.
    private let answers: [String: [Answer]]

    private struct Answer: Sendable {
        enum Kind: Sendable { case success, failure, compensated }
        let step: Int
        let kind: Kind
        let reply: SagaStep<State>.Reply?

        /// Without the reason, which is known only once the payload has been read.
        var input: SagaInput {
            switch kind {
            case .success: .succeeded(step)
            case .failure: .failed(step, reason: "")
            case .compensated: .compensated(step)
            }
        }
    }

    public init(_ definition: SagaDefinition<State>, world: World, policies: SagaRetryPolicies = .standard) {
        self.definition = definition
        self.world = world
        self.policies = policies
        timerKind = "saga.\(definition.name)"
        var answers = [String: [Answer]]()
        for (index, step) in definition.steps.enumerated() {
            for reply in step.replies {
                answers[reply.type, default: []].append(Answer(step: index, kind: reply.isSuccess ? .success : .failure, reply: reply))
            }
            if case .remote(_, let done, _) = step.compensation {
                answers[done, default: []].append(Answer(step: index, kind: .compensated, reply: nil))
            }
        }
        self.answers = answers
    }

    /// Begins a saga. Its correlation is the transaction's: everything it ever does can be found by it.
    /// - Throws: what a first local step throws; SQLite's constraint error when a saga with this identifier exists.
    public func begin(_ id: String, _ state: State, in tx: StoreTransaction) throws {
        try world.point(.sagaStep, "\(definition.name)/\(id) \(definition.steps[0].name) begun")
        let record = SagaRecord(
            progress: SagaProgress(stepCount: definition.steps.count), correlationID: tx.cause.correlationID, state: state)
        var transition = SagaTransition(definition, id, record, tx, policies, world.random)
        transition.note(0, .begun)
        _ = try transition.run(.begin)
        if let error = transition.interruption { throw error }
        if let refused = transition.record.progress.reason, transition.record.progress.status == .compensated { throw SagaRefusal(refused) }
        transition.record.deadline = transition.deadline
        try setTimer(&transition.record, id, tx)
        try SagaStorage.insert(definition.name, id, transition.record, at: tx.now, in: tx.db)
        try SagaStorage.log(definition.name, id, transition.lines, at: tx.now, in: tx.db)
    }

    /// Turns a saga back, as if a step had been refused.
    /// - Returns: false when it is past the pivot or has ended; or is being compensated already, or unknown.
    public func requestCancel(_ id: String, reason: String, in tx: StoreTransaction) throws -> Bool {
        guard let record = try load(id, tx) else { return false }
        let position = record.progress.position
        return try advance(id, record, tx, position, .cancelRequested, reason) { _ in .cancelRequested(reason: reason) }
    }

    /// Adds the handlers of all replies, and of the saga's timer.
    public func install(consumers: inout MessageHandlers, timers: inout TimerHandlers) {
        for type in answers.keys.sorted() {
            consumers.on(typeNamed: type) { message, tx in try self.receive(message, tx) }
        }
        timers.on(timerKind) { timer, tx in try self.timeOut(timer, tx) }
    }

    private func receive(_ message: Message, _ tx: StoreTransaction) throws {
        // Another coordinator's saga may have asked.
        guard let answers = answers[message.type], let record = try load(message.subject, tx) else { return }
        let machine = SagaStateMachine(outline: definition.outline, progress: record.progress)
        guard let answer = answers.first(where: { machine.expects($0.input) || seeded("saga.believes-late-replies") }) else {
            world.sometimes("a saga ignores an answer that comes too late")
            return try ignore(message, answers[0], machine, tx)
        }
        let event: SagaEvent =
            switch answer.kind {
            case .success: .succeeded
            case .failure: .failed
            case .compensated: .undone
            }
        _ = try advance(message.subject, record, tx, answer.step, event, message.type) { transition in
            switch answer.kind {
            case .success:
                _ = try answer.reply?.apply(&transition.record.state, message, tx)
                return .succeeded(answer.step)
            case .failure:
                let reason = try answer.reply?.apply(&transition.record.state, message, tx) ?? message.type
                return .failed(answer.step, reason: reason)
            case .compensated: return .compensated(answer.step)
            }
        }
    }

    private func ignore(_ message: Message, _ answer: Answer, _ machine: SagaStateMachine, _ tx: StoreTransaction) throws {
        var machine = machine
        guard case .ignore(let why) = machine.handle(answer.input) else {
            preconditionFailure("an unexpected reply must be ignored: \(message.type) for \(definition.name)/\(message.subject)")
        }
        let name = definition.steps[answer.step].name
        try world.point(.sagaStep, "\(definition.name)/\(message.subject) \(name) ignored")
        let line = SagaLogLine(step: name, event: .ignored, detail: "\(message.type): \(why)")
        try SagaStorage.log(definition.name, message.subject, [line], at: tx.now, in: tx.db)
    }

    private func timeOut(_ timer: DueTimer, _ tx: StoreTransaction) throws {
        let id = timer.subject
        guard var record = try load(id, tx), !record.progress.status.isEnded else { return }
        // Set for an earlier step; the one in work has until its own deadline. A saga that an earlier release stored has neither.
        let isEarly = record.timer != nil && record.deadline.map { $0 > timer.dueAt } ?? true
        record.timer = nil
        if isEarly {
            if seeded("saga.early-timer-not-set-again") { return }
            try setTimer(&record, id, tx)
            return try SagaStorage.update(definition.name, id, record, at: tx.now, in: tx.db)
        }
        world.sometimes("a saga's step times out")
        _ = try advance(id, record, tx, record.progress.position, .timedOut, nil) { _ in .timedOut }
    }

    private func load(_ id: String, _ tx: StoreTransaction) throws -> SagaRecord<State>? {
        guard let record = try SagaStorage.load(definition.name, id, as: State.self, in: tx.db) else { return nil }
        guard record.progress.steps.count == definition.steps.count else {
            throw SagaStorageError(
                saga: "\(definition.name)/\(id)", problem: "it has \(record.progress.steps.count) steps, not \(definition.steps.count)")
        }
        return record
    }

    /// Carries one input out and stores what it led to.
    private func advance(
        _ id: String, _ record: SagaRecord<State>, _ tx: StoreTransaction, _ step: Int, _ event: SagaEvent, _ detail: String?,
        _ makeInput: (inout SagaTransition<State>) throws -> SagaInput
    ) throws -> Bool {
        try world.point(.sagaStep, "\(definition.name)/\(id) \(definition.steps[step].name) \(event.rawValue)")
        // What a saga does belongs to the flow that began it, also when a timer moves it.
        var cause = tx.cause
        cause.correlationID = record.correlationID
        var transition = SagaTransition(definition, id, record, tx.with(cause: cause), policies, world.random)
        let input = try makeInput(&transition)
        if case .failed(_, let reason) = input {
            transition.note(step, event, reason)
        } else {
            transition.note(step, event, detail)
        }
        guard try transition.run(input) else { return false }
        world.sometimes("a saga is undone", transition.record.progress.status == .compensated)
        transition.record.deadline = transition.deadline
        try setTimer(&transition.record, id, tx)
        try SagaStorage.update(definition.name, id, transition.record, at: tx.now, in: tx.db)
        try SagaStorage.log(definition.name, id, transition.lines, at: tx.now, in: tx.db)
        return true
    }

    /// One timer row a saga, taken away at its end. A step whose deadline is later than the one before it leaves the timer where it is:
    /// most sagas end long before, and a timer that comes early is set again. So a saga writes its timer twice, not at every step.
    private func setTimer(_ record: inout SagaRecord<State>, _ id: String, _ tx: StoreTransaction) throws {
        if let deadline = record.deadline {
            if let timer = record.timer, timer <= deadline { return }
            try tx.setTimer(timerKind, subject: id, at: deadline)
            record.timer = deadline
        } else if record.timer != nil, record.progress.status.isEnded {
            try tx.cancelTimer(timerKind, subject: id)
            record.timer = nil
        }
    }
}
