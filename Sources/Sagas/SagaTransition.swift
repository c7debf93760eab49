import Messaging
import Runtime
import Storage

/// One input to one saga, carried out inside a transaction: asks the state machine, does what it says, feeds local results back in.
///
/// Commands are published and rows of local actions written on the way; the saga's own row, log lines and timer are left to the executor.
struct SagaTransition<State: Codable & Sendable> {
    let definition: SagaDefinition<State>
    let id: String
    let tx: StoreTransaction
    let policies: SagaRetryPolicies
    let random: RandomStream
    var record: SagaRecord<State>
    private(set) var lines = [SagaLogLine]()
    /// When the saga's timer is to be due; nil for none.
    private(set) var deadline: Timestamp?
    private var lastInterruption: (any Error)?

    init(
        _ definition: SagaDefinition<State>, _ id: String, _ record: SagaRecord<State>, _ tx: StoreTransaction,
        _ policies: SagaRetryPolicies, _ random: RandomStream
    ) {
        self.definition = definition
        self.id = id
        self.record = record
        self.tx = tx
        self.policies = policies
        self.random = random
    }

    /// What a local action threw; for `begin`, whose caller can act on it.
    var interruption: (any Error)? { lastInterruption }

    mutating func note(_ step: Int, _ event: SagaEvent, _ detail: String? = nil) {
        lines.append(SagaLogLine(step: definition.steps[max(0, step)].name, event: event, detail: detail))
    }

    /// - Returns: false when the input was ignored; nothing has changed then.
    mutating func run(_ input: SagaInput) throws -> Bool {
        var next: SagaInput? = input
        // Each round finishes or undoes a step, or waits: no more rounds than twice the steps, and the one that ends it.
        var rounds = 2 * definition.steps.count + 2
        var machine = SagaStateMachine(outline: definition.outline, progress: record.progress)
        while let input = next {
            precondition(rounds > 0, "saga \(definition.name) does not come to rest")
            rounds -= 1
            let instruction = machine.handle(input)
            record.progress = machine.progress
            if case .ignore = instruction { return false }
            next = try execute(instruction)
        }
        return true
    }

    /// - Returns: what became of a local piece of work; nil when there is something to wait for, or nothing more to do.
    private mutating func execute(_ instruction: SagaInstruction) throws -> SagaInput? {
        deadline = nil
        switch instruction {
        case .perform(let index):
            if let condition = definition.steps[index].condition, !condition(record.state) {
                note(index, .skipped)
                return .skipped(index)
            }
            return try perform(index, again: false)
        case .performAgain(let index): return try perform(index, again: true)
        case .compensate(let index): return try compensate(index, again: false)
        case .compensateAgain(let index): return try compensate(index, again: true)
        case .retryLater:
            deadline = tx.now + policies.retryDelay(attempt: record.progress.attempt - 1, random)
            return nil
        case .end(let status):
            note(record.progress.position, status == .completed ? .completed : .compensated, record.progress.reason)
            return nil
        case .ignore: return nil
        }
    }

    private mutating func perform(_ index: Int, again: Bool) throws -> SagaInput? {
        let step = definition.steps[index]
        if let command = step.command {
            try command.send(record.state, id, tx)
            let attempt = record.progress.attempt
            note(index, again ? .sentAgain : .sent, again ? "\(command.type), attempt \(attempt)" : command.type)
            if again {
                deadline = tx.now + max(step.timeout ?? .zero, policies.resendDelay(attempt: attempt, random))
            } else if let timeout = step.timeout {
                deadline = tx.now + timeout
            }
            return nil
        }
        guard let action = step.action else { preconditionFailure("step \(step.name) does nothing") }
        return try local(index, done: .performed, .succeeded(index)) { state, tx in try action(&state, tx) }
    }

    private mutating func compensate(_ index: Int, again: Bool) throws -> SagaInput? {
        let step = definition.steps[index]
        switch step.compensation {
        case .remote(let command, _, _):
            try command.send(record.state, id, tx)
            let attempt = record.progress.attempt
            note(index, again ? .compensationSentAgain : .compensationSent, again ? "\(command.type), attempt \(attempt)" : command.type)
            deadline = tx.now + max(step.timeout ?? .zero, policies.resendDelay(attempt: attempt, random))
            return nil
        case .local(let action):
            let reason = record.progress.reason ?? ""
            return try local(index, done: .undone, .compensated(index)) { state, tx in try action(&state, tx, reason) }
        case nil: preconditionFailure("step \(step.name) has no compensation")
        }
    }

    /// Runs a local action in a savepoint. What it throws becomes an input, so that one bad step does not undo the step before it.
    private mutating func local(
        _ index: Int, done: SagaEvent, _ success: SagaInput, _ action: (inout State, StoreTransaction) throws -> Void
    ) throws -> SagaInput? {
        var state = record.state
        do {
            try tx.savepoint { try action(&state, tx) }
            record.state = state
            note(index, done)
            return success
        } catch let crash as InstanceCrash {
            throw crash
        } catch {
            guard !tx.isUndone else { throw error }
            if let refusal = error as? SagaRefusal, record.progress.status == .running {
                note(index, .failed, refusal.reason)
                return .failed(index, reason: refusal.reason)
            }
            lastInterruption = error
            note(index, .interrupted, "\(error)")
            return .interrupted(index)
        }
    }
}
