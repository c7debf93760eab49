import Runtime
import Simulation

/// Runs a tape again up to an event, and looks at what the databases, the log and the sagas are then: `labctl replay --until`, for scenarios
/// of one's own.
///
///     try look(into: Tape.read("/tmp/servicelab-tapes/hotel.rush-money-conserved-17.json"), of: BookingRush(), at: 43) { lab in
///         print(try lab.sql("till", "SELECT * FROM charge"))
///         print(try lab.messages(in: "till-commands"))
///     }
///
/// Blocks its thread. What the event leads to has not happened yet; a failing tape may be looked at where its oracle fails, too.
///
/// - Throws: what `body` throws; ``NoSuchEvent`` when the run ends before.
@discardableResult
public func look<Output>(
    into tape: Tape, of scenario: any SimulationScenario, at event: Int, _ body: @escaping (LabInspection) throws -> Output
) throws -> Output {
    var result: Result<Output, any Error>?
    var options = Simulator.Options()
    options.onEvent = { lab, reached in
        guard reached.number >= event, result == nil else { return }
        result = Result { try body(LabInspection(lab)) }
        throw Simulator.StopHere()
    }
    options.atEnd = { lab, report in
        // An oracle that fails at the event ends the run before anyone else is told of it.
        guard result == nil, report.eventCount > event else { return }
        result = Result { try body(LabInspection(lab)) }
    }
    let report = Simulator.replay(tape, of: scenario, options: options)
    guard let result else { throw NoSuchEvent(event: event, last: report.eventCount - 1) }
    return try result.get()
}

/// The run has ended before the event that was to be looked at.
public struct NoSuchEvent: Error, CustomStringConvertible {
    public let event: Int
    public let last: Int
    public var description: String { "there is no event \(event): the run ends with event \(last)" }
}
