import Contracts
import Foundation
import Hummingbird
import LMDBBus
import Messaging
import Runtime
import ServiceKit
import Storage
import Synchronization
import Telemetry

/// The operators' verbs on a running lab: what the control socket offers. Names are checked before anything is done.
struct Operations: Sendable {
    let platform: Platform
    let messages: MessageOperations
    let describe: @Sendable () -> LabStatus
    let requestStop: @Sendable () -> Void

    func status() -> LabStatus { describe() }

    private func named(_ name: String) throws -> ServiceInstance {
        guard let instance = platform.instance(named: name) else {
            throw LabError.unknown("service", name, known: platform.instances.map(\.name), list: "labctl ps")
        }
        return instance
    }

    private func selected(_ name: String?) throws -> [ServiceInstance] { try name.map { [try named($0)] } ?? platform.instances }

    // MARK: Services

    func stop(_ name: String) async throws -> InstanceStatus {
        let instance = try named(name)
        try await platform.stop(instance)
        return instance.status
    }

    func start(_ name: String) async throws -> InstanceStatus {
        let instance = try named(name)
        try await platform.start(instance)
        return instance.status
    }

    func restart(_ name: String) async throws -> InstanceStatus {
        let instance = try named(name)
        try await platform.stop(instance)
        try await platform.start(instance)
        return instance.status
    }

    func routes(of name: String?) throws -> [RouteView] { platform.routes(of: try selected(name), gateway: describe().gateway) }

    // MARK: Databases

    func outboxes(of name: String?) throws -> [OutboxView] {
        try selected(name).map { instance in
            // A stopped service cannot say what the log has; its rows count as waiting.
            try instance.tables.outbox(rowsMax: 50, isEmpty: instance.isOutboxEmpty)
        }
    }

    func inboxes(of name: String?) throws -> [InboxView] { try selected(name).flatMap { try $0.tables.inbox() } }

    func sagas(status: String?, isOpenOnly: Bool, limit: Int) throws -> [SagaView] {
        let all = try platform.instances.flatMap { try $0.tables.sagas(status: status, isOpenOnly: isOpenOnly, limit: limit) }
        return Array(all.sorted { ($0.started_at, $0.id) > ($1.started_at, $1.id) }.prefix(limit))
    }

    /// - Parameter name: an id, or the definition and an id, as `labctl saga ls` shows it: `checkout/7`.
    func saga(_ name: String) throws -> SagaView {
        let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
        for instance in platform.instances {
            if let saga = try instance.tables.saga(name, of: nil) { return saga }
            if parts.count == 2, let saga = try instance.tables.saga(parts[1], of: parts[0]) { return saga }
        }
        let newest = try sagas(status: nil, isOpenOnly: false, limit: 3).map { "\($0.definition)/\($0.id)" }
        throw LabError(
            .usage, "there is no saga \"\(name)\"",
            why: newest.isEmpty ? "no saga has been started yet" : "the newest are \(newest.joined(separator: ", "))",
            next: "labctl saga ls")
    }

    /// Compares a service's projections with what follows from the events, and with `replacing` puts that in their place.
    func rebuild(_ name: String, replacing: Bool) async throws -> RebuildView {
        let instance = try named(name)
        let rebuild = try await instance.rebuild(replacing: replacing) { topics in try await messages.replay(topics) }
        guard !rebuild.wasDisturbed else {
            throw LabError(
                .failed, "\(instance.name) took new events while the old ones were read again", why: "nothing was changed",
                next: "labctl wait quiet && labctl rebuild \(instance.name)")
        }
        return RebuildView(
            service: instance.name, events: rebuild.events, differences: rebuild.differences, is_replaced: rebuild.wasReplaced)
    }

    func staff() throws -> StaffLogin {
        guard let email = platform.staffEmail else {
            throw LabError(
                .usage, "this lab has no staff account", why: "the topology has no users service, or its setting staff_email is empty",
                next: "labctl topology show \(platform.topology.name)")
        }
        return StaffLogin(email: email, password: try platform.secrets.text("staff_password"))
    }

    func write(_ order: SQLRequest, isDryRun: Bool) async throws -> SQLResult {
        let instance = try named(order.service)
        return try await instance.write(order.query, isDryRun: isDryRun)
    }

    // MARK: Health

    func quiet(within limit: Duration) async throws -> QuietReport { try await platform.quiet(within: limit) }

    func doctor() async throws -> DoctorReport {
        var checks = [DoctorReport.Check]()
        for instance in platform.instances {
            let status = instance.status
            checks.append(
                .init(
                    name: status.name, is_ok: status.state == .running,
                    detail: status.state.rawValue + (status.last_failure.map { ": \($0)" } ?? ""),
                    next: "labctl logs --service \(status.name)"))
        }
        let letters = try await platform.bus.groups().filter { $0.deadLetters > 0 }
        let dead = letters.map { "\($0.name) \($0.deadLetters)" }.joined(separator: ", ")
        checks.append(.init(name: "dead letters", is_ok: letters.isEmpty, detail: dead.isEmpty ? "none" : dead, next: "labctl dlq ls"))
        let statistics = try await platform.bus.statistics()
        let share = Double(statistics.bytesUsed) / Double(max(statistics.bytesBudget, 1))
        checks.append(
            .init(
                name: "message log", is_ok: share < 0.9,
                detail:
                    "\(statistics.bytesUsed >> 20) of \(statistics.bytesBudget >> 20) MiB, \(Spelling.count(statistics.segments, "segment"))",
                next: "raise broker.budget_mebibytes, or find the group that lags: labctl group ls"))
        let dropped = platform.log.droppedWrites
        checks.append(
            .init(
                name: "log file", is_ok: dropped == 0,
                detail: dropped == 0 ? "written" : "\(Spelling.count(dropped, "entry", many: "entries")) could not be written",
                next: "free some room, or see who may write \(platform.directory.logFile.path)"))
        return DoctorReport(checks: checks + Examination.files(of: platform.directory))
    }

    func logs(lines: Int, _ filter: LogFilter, follow: Bool) -> Response {
        let sink = platform.log
        let world = platform.world
        return ControlRoutes.lines { write in
            guard follow else {
                for line in sink.recent(lines, where: filter.passes) { try await write(line) }
                return
            }
            // Watches before it reads, so that no line falls between; a reader that is too slow loses lines, not the lab its memory.
            let (stream, continuation) = AsyncStream.makeStream(of: LogLine?.self, bufferingPolicy: .bufferingNewest(10_000))
            let past = sink.recent(lines, where: filter.passes)
            let watcher = sink.watch { line in if filter.passes(line) { continuation.yield(line) } }
            let heart = world.spawn("heartbeat") {
                while true {
                    try await world.sleep(for: ControlRoutes.heartbeat)
                    continuation.yield(nil)
                }
            }
            defer {
                heart.cancel()
                sink.unwatch(watcher)
            }
            for line in past { try await write(line) }
            for await line in stream { try await write(line) }
        }
    }
}
