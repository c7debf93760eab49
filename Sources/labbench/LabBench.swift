import ArgumentParser

/// Measures ServiceLab, with the raw limit of the machine beside each figure in the same run.
@main struct LabBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "labbench",
        abstract: "Measure ServiceLab beside the limits of this machine.",
        discussion: """
            `labbench all` prints one table: medians over rounds, each case of ours right after its raw limit.
            `labbench publish 64` and `labbench e2e 64` print one line of tab-separated fields for comparisons with other brokers:
            name, case, messages, seconds, messages/s, p50 µs, p99 µs.
            """,
        subcommands: [All.self, Flow.self, Publish.self, EndToEnd.self, Serve.self, BacklogFill.self, BacklogFirst.self],
        defaultSubcommand: All.self)
}
