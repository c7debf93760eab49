import Messaging
import Runtime

/// A business transaction over several services: a readable list of steps, each with its compensation beside it.
///
///     let checkout = SagaDefinition<Checkout>("checkout", steps: [
///         .step("reserve stock").sends(…).succeeds(on: …).fails(on: …).timesOut(after: .seconds(30)).compensates(with: …),
///         .step("authorise payment").sends(…).succeeds(on: …).fails(on: …).compensates(with: …),
///         .step("confirm order").performs { try Orders.confirm($0.orderID, in: $1) }.pivot(),
///         .step("capture payment").sends(…).succeeds(on: …).timesOut(after: .seconds(10)),
///     ])
///
/// Run by ``SagaExecutor``. A saga's identifier is the subject of its commands and replies; coordinators that use the same participants
/// must not use the same identifiers.
public struct SagaDefinition<State: Codable & Sendable>: Sendable {
    public let name: String
    let steps: [SagaStep<State>]
    public let outline: SagaOutline

    /// Stops the program when the list makes no sense: it is written once, by a programmer.
    public init(_ name: String, steps: [SagaStep<State>]) {
        self.name = name
        self.steps = steps
        let pivot = steps.firstIndex(where: \.isPivot)
        outline = SagaOutline(
            steps.enumerated().map { index, step in
                SagaOutline.Step(
                    step.name, isLocal: step.action != nil, isPivot: step.isPivot,
                    isRetriable: step.isRetriable || pivot.map { index > $0 } ?? false, compensation: step.compensationKind)
            })
        check()
    }

    /// The topics on which participants answer.
    public var replyTopics: [Topic] {
        var topics = [Topic]()
        for step in steps {
            for reply in step.replies where !topics.contains(reply.topic) { topics.append(reply.topic) }
            if case .remote(_, _, let topic) = step.compensation, !topics.contains(topic) { topics.append(topic) }
        }
        return topics
    }

    private func check() {
        precondition(!steps.isEmpty, "saga \(name) has no steps")
        precondition(Set(steps.map(\.name)).count == steps.count, "two steps of saga \(name) have the same name")
        precondition(steps.filter(\.isPivot).count <= 1, "saga \(name) has more than one pivot")
        for (index, step) in steps.enumerated() {
            let place = "step \(step.name) of saga \(name)"
            precondition((step.command == nil) != (step.action == nil), "\(place) must either send a command or perform an action")
            if step.command != nil {
                precondition(step.replies.contains(where: \.isSuccess), "\(place) does not say on which reply it succeeds")
            } else {
                precondition(step.replies.isEmpty && step.timeout == nil, "\(place) is local: it has no replies and no time-out")
            }
            if let pivot = outline.pivot, index > pivot {
                precondition(step.compensation == nil, "\(place) comes after the pivot: it cannot be compensated")
            }
        }
    }
}

extension SagaStep {
    var compensationKind: SagaOutline.Compensation {
        switch compensation {
        case nil: .none
        case .local: .local
        case .remote: .remote
        }
    }
}
