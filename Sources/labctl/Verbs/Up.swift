import ArgumentParser
import Foundation
import Lab
import Synchronization
import Telemetry

struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Start a lab and keep it running; with --detach, in the background.",
        discussion: """
            EXAMPLE
              labctl up                                 the marketplace, until Ctrl-C
              labctl up --detach --seed-data            in the background, with data
              labctl up --topology users-orders
              labctl up --isolated --data /tmp/lab2     a second lab beside the first
              LAB_ORDERS_RESERVE_TIMEOUT=2s labctl up   a setting, by variable

            --seed-data hashes passwords as real ones are, with scrypt: seconds in a debug
            build, a blink in a release build.

            Ctrl-C finishes what is being answered and stops; a second one ends at once. The data stays either way.
            Before the lab is ready it ends the start, or the making of sample data, with exit code 130.

            A folder that holds something else is refused (exit code 2) when a lab would write into its files.
            """)
    @OptionGroup var settings: SettingOptions
    @Flag(help: "Go on in the background; returns when every service is ready.") var detach = false
    @Flag(help: "Create sample accounts, products and orders through the public API.") var seedData = false
    @Flag(help: "Answer as JSON.") var json = false
    /// Written to when ready: how the parent of a detached lab learns of it.
    @Option(help: .hidden) var readyFd: Int32?

    func run() async throws {
        let resolved = try settings.resolve()
        let directory = CurrentLab().directory(of: resolved)
        let progress = ProgressLine("up:")
        if detach {
            progress.say(seedData ? "starting, then creating \(SampleData.progress)" : "starting")
            defer { progress.clear() }
            try directory.checkUnclaimed(by: resolved.topology)
            let ready = try await DetachedLab(directory: directory).start(
                arguments: ["up"] + settings.arguments() + (seedData ? ["--seed-data"] : []))
            progress.clear()
            Output(isJSON: json).show(ready) { Banner(ready.status, sample: ready.sample, isDetached: true).show() }
            return
        }
        let announcement = readyFd.map(Announcement.init(descriptor:))
        do {
            try await runInForeground(resolved, directory, announcement, progress)
        } catch {
            let told = error is CancellationError ? LabError(.failed, "the lab was told to end before it was ready") : error as? LabError
            announcement?.send(.failed(told ?? LabError(.failed, "\(error)")))
            throw error
        }
    }

    private var isBackground: Bool { readyFd != nil }

    @Sendable private func sayStopping() {
        if !isBackground, !json { Terminal.line(Terminal.dim("\nstopping; press Ctrl-C again to end at once")) }
    }

    private func runInForeground(
        _ settings: LabSettings, _ directory: DataDirectory, _ announcement: Announcement?, _ progress: ProgressLine
    ) async throws {
        Terminal.outlivesItsReader.store(true, ordering: .relaxed)
        let signals = TerminationSignals()
        if announcement != nil { setsid() }
        let start = try await signals.race(onSignal: sayStopping) {
            try await RunningLab.start(settings, directory: directory, processStart: Main.startedAt)
        }
        guard let lab = start.value, !start.isInterrupted else {
            await start.value?.stop()
            throw CancellationError()
        }
        let complaints = announcement == nil && !json ? lab.log.watch { if $0.isComplaint { Terminal.complain($0.readable) } } : nil
        defer { if let complaints { lab.log.unwatch(complaints) } }
        do {
            try CurrentLab().remember(directory)
            let status = lab.status()
            if seedData { progress.say("creating \(SampleData.progress)") }
            defer { progress.clear() }
            let sample = try await seedData ? sample(lab, status, signals) : nil
            let ready = ReadyLab(status: status, sample: sample)
            announcement?.send(.ready(ready))
            progress.clear()
            Output(isJSON: json).show(ready) { Banner(status, sample: sample, isDetached: announcement != nil).show() }
        } catch {
            await lab.stop()
            throw error
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await signals.first() }
            group.addTask { await lab.stopRequested() }
            await group.next()
            group.cancelAll()
        }
        sayStopping()
        signals.endAtNext()
        await lab.stop()
    }

    private func sample(_ lab: RunningLab, _ status: LabStatus, _ signals: TerminationSignals) async throws -> SampleAccounts {
        let data = SampleData(base: try gateway(status), staff: try staff(lab))
        let creation = try await signals.race(onSignal: sayStopping) { try await data.create() }
        guard let sample = creation.value, !creation.isInterrupted else { throw CancellationError() }
        return sample
    }

    private func staff(_ lab: RunningLab) throws -> SampleAccounts.Account {
        guard let staff = try lab.staff() else {
            throw LabError(.usage, "--seed-data needs the staff account", why: "users.staff_email is empty", next: "labctl up --detach")
        }
        return SampleAccounts.Account(role: "staff", email: staff.email, password: staff.password)
    }

    private func gateway(_ status: LabStatus) throws -> String {
        guard let gateway = status.gateway, status.topology == "marketplace" else {
            throw LabError(.usage, "--seed-data fills the marketplace", why: "this is \(status.topology)", next: "labctl up --seed-data")
        }
        return gateway
    }
}

/// What a started lab tells: printed, or sent to the parent of a detached one.
struct ReadyLab: Codable {
    var status: LabStatus
    var sample: SampleAccounts?
}

extension LogLine {
    fileprivate var isComplaint: Bool { ["warning", "error", "critical"].contains(level) }
}
