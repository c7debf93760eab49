import ArgumentParser
import Foundation
import Lab
import Runtime

/// The command line of ServiceLab: one file per verb in `Verbs/`.
struct Labctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "labctl",
        abstract: "A distributed system that you can hold in your hand.",
        discussion: """
            EXAMPLE
              labctl up --detach --seed-data      start the marketplace and fill it
              labctl ps                           what runs where
              labctl call GET /api/v1/products    ask it something
              labctl wait quiet                   until nothing is on its way
              labctl down                         stop it; the data stays

            Every verb takes --json. Verbs that ask a lab take --data DIR when there are
            several; without it the lab started last from this folder is meant.

            Exit codes: 0 ok, 1 failed, 2 usage, 7 timed out, 17 no lab there or not running,
            130 after Ctrl-C.
            """,
        version: "servicelab 0.1.0",
        groupedSubcommands: [
            CommandGroup(name: "Lab", subcommands: [Up.self, Down.self, Restart.self, Stop.self, Start.self, Wait.self, Reset.self]),
            CommandGroup(
                name: "Look",
                subcommands: [Status.self, Ps.self, Doctor.self, Logs.self, Routes.self, Call.self, Config.self, TopologyVerb.self]),
            CommandGroup(name: "Messages", subcommands: [TopicVerb.self, GroupVerb.self, DeadLetterVerb.self]),
            CommandGroup(name: "Services", subcommands: [OutboxVerb.self, InboxVerb.self, SagaVerb.self, SQLVerb.self, Rebuild.self]),
            CommandGroup(name: "Proof", subcommands: [Sim.self, Sweep.self, Replay.self, Shrink.self, Torture.self]),
        ])
}

@main
enum Main {
    /// Taken before anything else, for the start-up time of `up`.
    static let startedAt = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))

    static func main() async {
        _ = startedAt
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try Labctl.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            Failure(error).showAndExit()
        }
    }
}
