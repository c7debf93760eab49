import Lab

/// What `up` prints once everything is ready.
struct Banner {
    private let status: LabStatus
    private let sample: SampleAccounts?
    private let isDetached: Bool

    init(_ status: LabStatus, sample: SampleAccounts?, isDetached: Bool) {
        self.status = status
        self.sample = sample
        self.isDetached = isDetached
    }

    private var width: Int { max(11, status.services.map(\.name.count).max() ?? 0) }

    func show() {
        Terminal.line("\n\(Terminal.bold("ServiceLab")) \(Terminal.green("ready")) in \(Reading.milliseconds(status.startup_ms))\n")
        fact("topology", "\(status.topology)  \(Terminal.dim(status.summary))")
        if let gateway = status.gateway { fact("gateway", Terminal.bold(gateway)) }
        for service in status.services.sorted(by: { ($0.port ?? 0, $0.name) < ($1.port ?? 0, $1.name) }) where service.url != status.gateway
        {
            fact(service.name, service.url ?? "no listener")
        }
        fact("data", status.data + (status.is_new ? Terminal.dim("  new") : ""))
        fact("persistence", "\(status.persistence): \(status.fsync)")
        if status.authentication == "off" {
            fact("access", Terminal.yellow("authentication is off: every endpoint but the internal ones is public"))
        }
        if let sample { show(sample) }
        fact("stop", isDetached ? "\(Advice("labctl down").text)  \(Terminal.dim("process \(status.pid)"))" : "Ctrl-C")
        Terminal.line("")
    }

    private func show(_ sample: SampleAccounts) {
        let email = sample.accounts.map(\.email.count).max() ?? 0
        for account in sample.accounts {
            fact(account.role, "\(account.email.padding(email))  \(Terminal.dim("password")) \(account.password)")
        }
        fact(
            "sample",
            "\(Spelling.count(sample.products, "product")), \(Spelling.count(sample.orders, "order"))"
                + (sample.was_there ? Terminal.dim("  there already") : ""))
    }

    private func fact(_ name: String, _ value: String) { Terminal.line("  \(Terminal.dim(name.padding(width)))  \(value)") }
}
