import Messaging
import Runtime

/// A group's position only moves forward, as long as the log lives.
///
/// The position is looked at with every so many deliveries, and at the end. A group that was moved by an operator (`labctl seek`), or whose
/// log was started again and lost unwritten acknowledgements, begins anew.
public struct MonotonicOffsets: Oracle {
    public let name = "monotonic offsets"
    private let every: Int
    private let state = PerRun(State())

    private struct State: Sendable {
        var deliveries = 0
        var seen = 0
        var positions = [String: UInt64]()
    }

    /// - Parameter every: deliveries from one look to the next.
    public init(every: Int = 16) {
        precondition(every > 0, "at least one delivery from look to look")
        self.every = every
    }

    public func afterDelivery(_ event: History.Event, _ view: LabView) throws {
        let isDue = state.with(view) { state in
            state.deliveries += 1
            return state.deliveries % every == 0
        }
        if isDue { try look(view) }
    }

    public func afterSettle(_ view: LabView) throws { try look(view) }

    private func look(_ view: LabView) throws {
        try state.with(view) { state in
            let events = view.history.events
            let isNewLog = events[min(state.seen, events.count)...].contains {
                $0.point.name == "world.crash" && $0.subject.hasPrefix("process")
            }
            state.seen = events.count
            if isNewLog { state.positions = [:] }
            for group in view.groups() {
                for partition in group.partitions {
                    let place = "\(group.name) in \(partition.topic)/\(partition.partition)"
                    let before = state.positions.updateValue(partition.committed, forKey: place) ?? 0
                    try view.expect(
                        partition.committed >= before, "the position of \(place) only moves forward",
                        "from \(before) to \(partition.committed)")
                }
            }
        }
    }
}

extension Oracle where Self == MonotonicOffsets {
    public static var monotonicOffsets: MonotonicOffsets { MonotonicOffsets() }
}
