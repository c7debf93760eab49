import Runtime

/// The oracles of one run, asked one after the other; what they throw becomes a ``Violation`` with its oracle, event and time.
public final class Jury {
    public let oracles: [any Oracle]
    public let view: LabView
    /// How often an oracle was asked.
    public private(set) var questions = 0

    public init(_ oracles: [any Oracle], _ view: LabView) {
        self.oracles = oracles
        self.view = view
    }

    /// For every event of the run: asks those who want to know.
    public func witness(_ event: History.Event) throws {
        switch event.point {
        case .storeAfter:
            let service = event.instance
            try ask(event) { try $0.afterCommit(of: service, self.view) }
        case .busDeliver: try ask(event) { try $0.afterDelivery(event, self.view) }
        default: return
        }
    }

    public func settled() throws { try ask(nil) { try $0.afterSettle(self.view) } }

    public var looksAtRestart: Bool { oracles.contains(where: \.looksAtRestart) }

    /// What ``restarted(_:)`` compares with.
    public func image() throws -> LabImage { try LabImage(of: view) }

    public func restarted(_ before: LabImage) throws {
        try ask(nil) { if $0.looksAtRestart { try $0.afterRestart(before, self.view) } }
    }

    private func ask(_ event: History.Event?, _ question: (any Oracle) throws -> Void) throws {
        for oracle in oracles {
            questions += 1
            do {
                try question(oracle)
            } catch var violation as Violation {
                if violation.oracle.isEmpty { violation.oracle = oracle.name }
                try Self.raise(violation, event)
            } catch {
                // An oracle that cannot look has found something: a missing table, a file that does not open.
                try Self.raise(Violation(oracle: oracle.name, expected: "the oracle can look", found: "\(error)"), event)
            }
        }
    }

    private static func raise(_ violation: Violation, _ event: History.Event?) throws -> Never {
        var violation = violation
        if violation.event == nil { violation.event = event?.number }
        if violation.at == nil { violation.at = event.map { "\($0.time.rfc3339) \($0.instance) \($0.point)" } }
        throw violation
    }
}
