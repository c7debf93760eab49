import Foundation
import Testing

/// The short form of `make torture`: a lab in a process of its own, killed with `kill -9` under load, started again, and audited.
@Suite struct TortureTests {
    @Test(.timeLimit(.minutes(10))) func `a lab that is killed under load keeps every promise`() throws {
        let seed = UInt64.random(in: 1...1_000_000_000)
        let outcome = try LabctlProcess.run(
            "torture", "--rounds", "2", "--orders", "150", "--clients", "8", "--seed", "\(seed)", "--json")
        #expect(
            outcome.status == 0, "labctl torture --rounds 2 --orders 150 --clients 8 --seed \(seed): \(outcome.output) \(outcome.errors)")
        let rounds = outcome.output.split(separator: "\n")
        #expect(
            rounds.count == 2 && rounds.allSatisfy { $0.contains("\"placed\":150") && $0.contains("\"violations\":[]") },
            "\(outcome.output)")
    }
}
