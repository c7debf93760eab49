/// Why a simulated run could not go on. The text says what to look at.
public enum SimulationFailure: Error, Sendable, CustomStringConvertible {
    /// Nothing is ready and no timer is set, yet the body has not returned.
    case stall(at: Timestamp, waits: [String])
    /// Work arrived from a thread that is not the run's.
    case escape(String)
    /// More work than the bound allows.
    case endless(steps: Int, waits: [String])
    /// A claim made with ``World/always(_:_:)`` did not hold.
    case claim(String, instance: String, at: Timestamp)

    public var description: String {
        switch self {
        case .stall(let time, let waits):
            "the run stalled at \(time): nothing is ready and no timer is set\n" + Self.list(waits)
        case .escape(let text):
            "the run is not deterministic: \(text)\ninstead: tasks by world.spawn, sleeps by world.sleep, databases by GRDB's synchronous calls; no Dispatch, no threads"
        case .endless(let steps, let waits):
            "the run did not end within \(steps) steps\n" + Self.list(waits)
        case .claim(let name, let instance, let time):
            "\(instance) claims at \(time) what is not so: \(name)"
        }
    }

    private static func list(_ waits: [String]) -> String {
        waits.isEmpty ? "  nobody has said what they wait for" : waits.map { "  \($0)" }.joined(separator: "\n")
    }
}
