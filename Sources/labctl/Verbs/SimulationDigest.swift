import ArgumentParser
import Runtime
import Simulation

/// Hidden: runs the sample checkouts in a simulated marketplace and prints the digest of the history, to compare processes.
struct SimulationDigest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sim-digest", abstract: "Run checkouts in a simulated lab and print the digest of their history.",
        discussion: "EXAMPLE\n  labctl sim-digest --seed 7\n\nOne seed gives one digest, in every process.", shouldDisplay: false)
    @Option(help: "Decides everything that happens.") var seed: UInt64 = 1
    @Flag(help: "Answer as JSON.") var json = false

    struct Result: Encodable {
        var seed: UInt64
        var digest: String
        var events: Int
    }

    func run() async throws {
        let report = Simulator.run(CheckoutHappy(), seed: seed)
        Output(isJSON: json).show(Result(seed: seed, digest: report.digest, events: report.eventCount)) {
            Terminal.line("\(report.digest)  seed \(seed), \(report.eventCount) events: \(report.verdict.word) \(report.verdict.detail)")
        }
    }
}
