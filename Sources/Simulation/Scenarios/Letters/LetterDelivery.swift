import Contracts
import Lab
import Messaging
import Runtime

/// Two services that consist of nothing but the platform's mechanisms: outbox, log, inbox, retries, dead letters, timers, calls, keys.
///
/// Small, so what is promised can be said exactly: each letter arrives once, those of one address in order, except for those that nobody
/// can read, which are dead letters with their reasons; of each letter somebody is reminded once; each request has taken effect once.
public struct LetterDelivery: SimulationScenario {
    public static let name = "letters"
    public static let summary = "two small services: messages, retries, dead letters, timers, calls; every fault"

    public let faults: FaultProfile

    /// Services this small come to few points, and so to few crashes, unless they are more likely.
    public static let swarm = FaultProfile.swarm.with(.crash, rate: 0.01, max: 4).with(.processCrash, rate: 0.005, max: 3)
        .with(.zombie, rate: 0.1, max: 4)

    public init(faults: FaultProfile = swarm) { self.faults = faults }

    public var topology: Topology { .services("sender", "receiver") }
    public var roster: Roster { Roster([SenderService.self, ReceiverService.self]) }

    public var oracles: [any Oracle] {
        [any Oracle].anyLab.filter { !($0 is NoDeadLetters) } + [
            .handledInOrder, .nobodyGivesUp, OneEffectPerKey("letter", in: "sender", "SELECT count(*) FROM letter"),
            .lettersArriveOnce, .lettersInOrder, .unreadableLettersAreDead, .reminded,
        ]
    }

    public func workload(_ lab: SimulatedLab) async throws {
        var writers = [Task<Void, any Error>]()
        for number in 0...lab.choose("writers", below: 3) {
            let client = Client(lab, named: "writer-\(number)")
            writers.append(client.world.spawn("writer") { try await Self.write(client, "writer-\(number)") })
        }
        for writer in writers { try await writer.value }
        // Every reminder is due long before this is over.
        try await lab.advance(by: .minutes(15))
    }

    private static func write(_ client: Client, _ name: String) async throws {
        let lab = client.lab
        for number in 0...lab.choose("\(name)/letters", below: 4) {
            let pause = [Duration.zero, .milliseconds(5), .milliseconds(300), .seconds(20)][lab.choose("\(name)/pause", below: 4)]
            if pause > .zero { try await client.world.sleep(for: pause) }
            let letter = NewLetter(
                address: ["elm street", "oak lane"][lab.choose("\(name)/address", below: 2)],
                kind: LetterKind.allCases[lab.choose("\(name)/kind", below: LetterKind.allCases.count)])
            let key = "\(name)/\(number)"
            for _ in 0...lab.choose("\(name)/again", below: 2) {
                lab.journal.record("letter asked", key)
                let sent = try await client.attempt { try await client.send(.post, "/letters", letter, key: key) as LetterView }
                if let sent { lab.journal.record("letter", String(sent.id), ["key": key]) }
            }
        }
    }
}
