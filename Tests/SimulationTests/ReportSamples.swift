import Foundation

@testable import Simulation

extension EventRecord {
    /// An event that no run has made.
    static func sample(_ number: Int, cause: Int? = nil, micros: Int64 = 0, _ instance: String, _ point: String, _ subject: String = "")
        -> EventRecord
    {
        var object: [String: Any] = ["number": number, "micros": micros, "instance": instance, "point": point, "subject": subject]
        object["cause"] = cause
        guard let data = try? JSONSerialization.data(withJSONObject: object),
            let event = try? JSONDecoder().decode(EventRecord.self, from: data)
        else { preconditionFailure("an event is numbers and strings") }
        return event
    }
}

extension RunReport {
    static func sample(
        verdict: Verdict = .passed, choices: [Choice] = [], events: [EventRecord]? = nil, points: [PointCount] = [],
        faults: [String: Int] = [:],
        claims: [String: Bool] = [:], seed: UInt64 = 42, drawnBy: Strategy? = .portfolio
    ) -> RunReport {
        RunReport(
            scenario: "checkout.sample", seed: seed, strategy: drawnBy == nil ? "tape" : "random", verdict: verdict,
            digest: "00000000000000ab",
            tape: Tape(scenario: "checkout.sample", seed: seed, choices: choices, oracle: verdict.isPassed ? nil : verdict.kind),
            vanished: [],
            virtualSeconds: 12.5, eventCount: events?.count ?? 0, draws: 7, points: points, faults: faults, claims: claims, bootEvents: 0,
            events: events, drawnBy: drawnBy)
    }
}
