import Lab

/// A saga for a terminal, a line a step:
///
///     checkout/8  compensated in 13 ms: card_declined: The card was declined.
///
///       ↩  1  accept order        14:44:52.358            undone
///       ↩  2  reserve stock       14:44:52.358    13 ms   Inventory.Reserve.v1 → Inventory.Reserved.v1, undone by Inventory.Release.v1
///       ✗  3  authorise payment   14:44:52.365     3 ms   card_declined: The card was declined.
///       ·  4  confirm order                               pivot: from here on only forward
struct SagaDrawing {
    private let saga: SagaView

    init(_ saga: SagaView) { self.saga = saga }

    func show() {
        let isOpen = ["running", "compensating"].contains(saga.status)
        var time = isOpen ? " for \(Reading.age(since: saga.started_at))" : " in \(Reading.span(saga.started_at, saga.updated_at))"
        // Nobody had to be asked: all in the transaction that began it.
        if saga.started_at == saga.updated_at { time = " at once" }
        Terminal.line(
            "\(Terminal.bold("\(saga.definition)/\(saga.id)"))  \(Self.paint(saga.status))\(time)" + (saga.reason.map { ": \($0)" } ?? ""))
        guard let steps = saga.steps else { return }
        Terminal.line("")
        var rows = Table("", ">", "STEP", "AT", ">TOOK", "WHAT")
        for (index, step) in steps.enumerated() {
            rows.add(
                "  " + mark(step.status), String(index + 1), name(step), step.started_at.map(Reading.clock) ?? "", took(step),
                what(step, isNow: index == saga.step && isOpen))
        }
        rows.show()
    }

    private func mark(_ status: String) -> String {
        switch status {
        case "done": Terminal.green("✓")
        case "now": Terminal.yellow("▶")
        case "skipped": Terminal.dim("–")
        case "failed": Terminal.red("✗")
        case "unknown": Terminal.yellow("?")
        case "compensating": Terminal.yellow("⟲")
        case "compensated": Terminal.yellow("↩")
        default: Terminal.dim("·")
        }
    }

    private func name(_ step: SagaView.Step) -> String {
        switch step.status {
        case "ahead", "skipped": Terminal.dim(step.name)
        case "now", "compensating": Terminal.bold(step.name)
        default: step.name
        }
    }

    private func took(_ step: SagaView.Step) -> String {
        guard let start = step.started_at, let end = step.ended_at, start != end else { return "" }
        return Reading.span(start, end)
    }

    /// What the log says of a step, in a line.
    private func what(_ step: SagaView.Step, isNow: Bool) -> String {
        let events = (saga.log ?? []).filter { $0.step == step.name }
        func detail(_ event: String) -> String? { events.last { $0.event == event }.map { $0.detail ?? "" } }
        let sent = detail("sent") ?? ""
        let answered = detail("succeeded").map { sent.isEmpty ? $0 : "\(sent) → \($0)" }
        let undoing = detail("compensation sent").map { " by \($0)" } ?? ""
        switch step.status {
        case "ahead": return step.is_pivot ? Terminal.dim("pivot: from here on only forward") : ""
        case "skipped": return Terminal.dim("does not apply")
        case "failed": return Terminal.red(detail("failed") ?? "refused")
        case "unknown": return Terminal.yellow([sent, "no answer in time"].joined(separator: " → "))
        case "compensating": return Terminal.yellow("being undone\(undoing)")
        case "compensated": return [answered ?? sent, "undone\(undoing)"].filter { !$0.isEmpty }.joined(separator: ", ")
        case "now":
            let tries = isNow && (saga.attempt ?? 1) > 1 ? ", try \(saga.attempt ?? 1)" : ""
            let trouble = detail("failed") ?? detail("interrupted")
            return Terminal.yellow((sent.isEmpty ? "waits" : "\(sent) → no answer yet") + tries + (trouble.map { ": \($0)" } ?? ""))
        default: return (answered ?? "local") + (step.is_pivot ? Terminal.dim("  (pivot)") : "")
        }
    }

    static func paint(_ status: String) -> String {
        switch status {
        case "completed": Terminal.green(status)
        case "compensated": Terminal.red(status)
        default: Terminal.yellow(status)
        }
    }
}
