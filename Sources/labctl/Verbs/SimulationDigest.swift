import ArgumentParser
import Lab
import Runtime

/// Hidden: runs the sample checkouts in a simulated marketplace and prints the digest of the history, to compare processes.
struct SimulationDigest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sim-digest", abstract: "Run checkouts in a simulated lab and print the digest of their history.",
        discussion: "EXAMPLE\n  labctl sim-digest --seed 7\n\nOne seed gives one digest, in every process.", shouldDisplay: false)
    @Option(help: "Decides everything that happens.") var seed: UInt64 = 1
    @Flag(help: "Print every event of the history.") var events = false
    @Flag(help: "Answer as JSON.") var json = false

    struct Result: Encodable {
        var seed: UInt64
        var digest: String
        var events: Int
        var outcome: [String: Int]
    }

    func run() async throws {
        let topology = try TopologyLibrary.standard().topology("marketplace")
        let run = try SimulatedCheckouts.run(topology, seed: seed)
        if events { for event in run.history.events { Terminal.line("\(event)") } }
        let result = Result(seed: seed, digest: run.history.digest, events: run.history.events.count, outcome: run.outcome.byStatus)
        Output(isJSON: json).show(result) {
            let outcome = result.outcome.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
            Terminal.line("\(result.digest)  seed \(seed), \(result.events) events; orders: \(outcome)")
        }
    }
}
