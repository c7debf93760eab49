import ArgumentParser
import Foundation
import Lab

/// `make torture`: kills the lab under load and checks what it promised.
struct Torture: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Kill the lab under load at random moments, start it again, and check every promise.",
        discussion: """
            EXAMPLE
              labctl torture --rounds 3 --seed 42

            Each round: a fresh lab in a process of its own, clients that place orders, kill -9
            at a moment drawn with the seed, up again, wait quiet. Then: every order that was
            answered 201 is there and decided, each effect happened once, stock and ledger are
            exact.
            """)
    @Option(help: "Labs to torture.") var rounds = 20
    @Option(help: "Decides orders and moments; printed, random when absent.") var seed: UInt64?
    @Option(help: "Orders of a round.") var orders = 1000
    @Option(help: "Clients that place them.") var clients = 16
    @Option(help: "Kills of a round.") var kills = 2
    @Option(help: "Keep the data of failed rounds below this directory.") var keep: String?
    @Flag(help: "Answer as NDJSON, one document a round.") var json = false

    struct Result: Encodable {
        var round: Int
        var seed: UInt64
        var placed: Int
        var confirmed: Int
        var kills: Int
        var recovery_ms: [Double]
        var violations: [String]
    }

    func run() async throws {
        try Arguments.count(rounds, "--rounds", in: 1...1_000_000)
        try Arguments.count(orders, "--orders", in: 1...10_000_000)
        try Arguments.count(clients, "--clients", in: 1...1000)
        try Arguments.count(kills, "--kills", in: 0...1000)
        let seed = seed ?? UInt64(Date().timeIntervalSince1970 * 1000)
        if !json {
            Terminal.line(
                "torture: \(Spelling.count(rounds, "round")) of \(Spelling.count(orders, "order")) by \(Spelling.count(clients, "client")), "
                    + "\(Spelling.count(kills, "kill")) each, seed \(seed)")
        }
        var failed = 0
        for round in 1...rounds {
            let roundSeed = seed &+ UInt64(round - 1)
            let result = try await TortureRound(seed: roundSeed, orders: orders, clients: clients, kills: kills, keep: keep).run(round)
            if !result.violations.isEmpty { failed += 1 }
            Output(isJSON: json).stream(result) { text(result) }
        }
        if failed > 0 {
            throw LabError(
                .failed, "\(failed) of \(Spelling.count(rounds, "round")) broke a promise", why: "seed \(seed)",
                next: "labctl torture --rounds 1 --seed SEED_OF_THE_ROUND")
        }
    }

    private func text(_ result: Result) -> String {
        let recovery = result.recovery_ms.map { Reading.milliseconds($0) }.joined(separator: ", ")
        let head =
            "round \(result.round) seed \(result.seed): \(Spelling.count(result.placed, "order")), \(result.confirmed) confirmed, "
            + "\(Spelling.count(result.kills, "kill")), ready again after \(recovery)"
        if result.violations.isEmpty { return "\(Terminal.green("ok")) \(head)" }
        return "\(Terminal.red("BROKEN")) \(head)\n" + result.violations.map { "   \($0)" }.joined(separator: "\n")
    }
}
