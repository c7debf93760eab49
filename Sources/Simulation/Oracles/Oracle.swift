import Runtime

/// A statement about a whole lab that must hold: after every commit, after every delivery, or once everything has come to rest.
///
///     struct StockNeverNegative: Oracle {
///         let name = "stock never negative"
///         func afterCommit(of service: String, _ view: LabView) throws {
///             guard service == "warehouse" else { return }
///             try view.expect(view.number("warehouse", "SELECT count(*) FROM shelf WHERE pieces < 0") == 0, "no shelf below zero")
///         }
///     }
///
/// For a statement of a few lines there is ``Check``. An oracle reads files and log from outside, over connections of its own; it changes
/// nothing, draws nothing and takes no virtual time, so a run has the same history with and without it.
///
/// ``afterCommit(of:_:)`` and ``afterDelivery(_:_:)`` run hundreds of times a run: leave at once when the service is not yours, ask for
/// one number, and keep sums over whole tables for ``afterSettle(_:)``. An oracle that remembers what it saw keeps it in a ``PerRun``: the
/// same value may be asked about one run after the other.
public protocol Oracle: Sendable {
    /// What holds, in words; reports and tapes name it.
    var name: String { get }

    /// Called after each COMMIT of a store, before anybody has been answered.
    /// - Throws: ``Violation``; anything else counts as one too.
    func afterCommit(of service: String, _ view: LabView) throws

    /// Called after each hand-over of messages to a consumer group (point `bus.deliver`).
    func afterDelivery(_ event: History.Event, _ view: LabView) throws

    /// Called when faults are off and nothing is on its way any more.
    func afterSettle(_ view: LabView) throws

    /// True: after the check all services are stopped, started and settled once more, and ``afterRestart(_:_:)`` is called.
    var looksAtRestart: Bool { get }

    /// - Parameter before: every table as it was before the restart.
    func afterRestart(_ before: LabImage, _ view: LabView) throws
}

extension Oracle {
    public func afterCommit(of service: String, _ view: LabView) throws {}
    public func afterDelivery(_ event: History.Event, _ view: LabView) throws {}
    public func afterSettle(_ view: LabView) throws {}
    public var looksAtRestart: Bool { false }
    public func afterRestart(_ before: LabImage, _ view: LabView) throws {}
}

/// An oracle in a few lines, looked at when everything has come to rest.
///
///     Check("every guest has one room") { view in
///         let twice = try view.rows("hotel", "SELECT guest FROM booking GROUP BY guest HAVING count(*) > 1")
///         try view.expect(twice.isEmpty, "one booking a guest", "\(twice.count) guests with more")
///     }
public struct Check: Oracle {
    public enum Moment: Sendable, Hashable {
        case settled
        /// After each commit of this service, named as in the topology or in the roster; and at the end.
        case commit(of: String)
    }

    public let name: String
    private let moment: Moment
    private let body: @Sendable (LabView) throws -> Void

    public init(_ name: String, at moment: Moment = .settled, _ body: @escaping @Sendable (LabView) throws -> Void) {
        self.name = name
        self.moment = moment
        self.body = body
    }

    public func afterCommit(of service: String, _ view: LabView) throws {
        guard case .commit(let wanted) = moment, view.stores.store(wanted)?.name == service else { return }
        try body(view)
    }

    public func afterSettle(_ view: LabView) throws { try body(view) }
}
