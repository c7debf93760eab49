import Runtime
import Sagas

/// What a definition adds to the rows of a saga: the steps by name, also those ahead.
extension SagaView {
    mutating func name(by instance: SagaInstance?) {
        guard let instance else { return }
        if instance.steps.indices.contains(step) { step_name = instance.steps[step].name }
    }

    mutating func draw(_ instance: SagaInstance) {
        attempt = instance.attempt
        mermaid = instance.mermaid
        steps = instance.steps.map { step in
            Step(
                name: step.name, status: "\(step.status)", is_pivot: step.isPivot, started_at: step.startedAt?.rfc3339,
                ended_at: step.endedAt?.rfc3339)
        }
    }
}
