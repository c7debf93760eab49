import GRDB

/// A saga that turns back undoes its steps in reverse order, each once, and does nothing new meanwhile; one that completes undoes nothing.
///
/// Read from `saga_log`, which is written in the transaction of each move.
public struct CompensationReversed: Oracle {
    public let name = "compensation in reverse order"

    public init() {}

    public func afterSettle(_ view: LabView) throws {
        for service in view.services {
            var moves = [String: [Move]]()
            var order = [String]()
            for row in try view.rows(service, "SELECT definition || '/' || saga_id, step, event FROM saga_log ORDER BY seq") {
                let saga: String = row[0]
                if moves[saga] == nil { order.append(saga) }
                moves[saga, default: []].append(Move(step: row[1], event: row[2]))
            }
            let statuses = Dictionary(
                try view.rows(service, "SELECT definition || '/' || id, status FROM sagas").map { ($0[0] as String, $0[1] as String) },
                uniquingKeysWith: { $1 })
            for saga in order { try check("\(saga) of \(service)", moves[saga]!, statuses[saga], view) }
        }
    }

    private struct Move {
        let step: String
        let event: String
    }

    private func check(_ saga: String, _ moves: [Move], _ status: String?, _ view: LabView) throws {
        var begun = [String]()
        var undone = [String]()
        var isTurning = false
        for move in moves {
            switch move.event {
            case "sent", "performed":
                try view.expect(
                    !isTurning, "saga \(saga) does nothing new once it turns back", "\(move.step) is \(move.event) after it turned")
                if !begun.contains(move.step) { begun.append(move.step) }
            case "compensation sent", "undone":
                isTurning = true
                guard move.event == "undone" else { continue }
                try view.expect(!undone.contains(move.step), "saga \(saga) undoes a step once", "\(move.step) was undone twice")
                undone.append(move.step)
            default: continue
            }
        }
        try view.expect(
            status != "completed" || undone.isEmpty, "saga \(saga), which is completed, has undone nothing",
            "undone: \(undone.joined(separator: ", "))")
        let expected = begun.reversed().filter(undone.contains)
        try view.expect(
            undone == expected, "saga \(saga) undoes in reverse order: \(expected.joined(separator: ", "))", undone.joined(separator: ", "))
    }
}

extension Oracle where Self == CompensationReversed {
    public static var compensationReversed: CompensationReversed { CompensationReversed() }
}
