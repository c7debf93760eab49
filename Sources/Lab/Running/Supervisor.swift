import Logging
import Messaging
import Runtime
import ServiceKit
import Synchronization

/// Starts failed instances again, with growing delays, as fresh actors from their files.
///
/// The delay doubles from 100 ms to 10 s; an instance that has run for a minute begins at the shortest delay again.
final class Supervisor: Sendable {
    private struct Watch {
        var failures = 0
        var lastFailure: Timestamp
        var task: Task<Void, any Error>?
    }

    private struct State {
        var watches = [String: Watch]()
        var isStopped = false
    }

    private static let forgivenAfter = Duration.seconds(60)
    private let world: World
    private let logger: Logger
    private let policy = RetryPolicy(attemptsMax: .max, initialDelay: .milliseconds(100), delayMax: .seconds(10))
    private let state = Mutex(State())

    init(world: World, logger: Logger) {
        self.world = world
        self.logger = logger
    }

    func noteFailure(of instance: ServiceInstance, _ failure: any Error) {
        logger.error("service failed", metadata: ["name": "\(instance.name)", "reason": "\(failure)"])
        schedule(instance)
    }

    private func schedule(_ instance: ServiceInstance) {
        state.withLock { state in
            guard !state.isStopped else { return }
            let now = world.now
            var watch = state.watches[instance.name] ?? Watch(lastFailure: now)
            if now - watch.lastFailure > Self.forgivenAfter { watch.failures = 0 }
            watch.failures += 1
            watch.lastFailure = now
            if watch.failures > 3, seeded("supervisor.gives-up-after-three-ends") { return }
            let delay = policy.delay(afterAttempt: min(watch.failures, 1000), random: world.random) ?? policy.delayMax
            watch.task = world.spawn("restart \(instance.name)") {
                await instance.clear()
                try await self.world.sleep(for: delay)
                await self.restart(instance)
            }
            state.watches[instance.name] = watch
        }
    }

    private func restart(_ instance: ServiceInstance) async {
        do {
            try await instance.start()
            logger.notice("service runs again", metadata: ["name": "\(instance.name)"])
        } catch {
            guard instance.state == .failed else { return }  // an operator was quicker
            logger.error("service did not start again", metadata: ["name": "\(instance.name)", "reason": "\(error)"])
            schedule(instance)
        }
    }

    /// An operator takes over: no restart of this instance is pending any more.
    func forget(_ instance: ServiceInstance) {
        let watch = state.withLock { $0.watches.removeValue(forKey: instance.name) }
        watch?.task?.cancel()
    }

    func stop() async {
        let watches = state.withLock { state in
            state.isStopped = true
            defer { state.watches = [:] }
            return state.watches
        }
        for (_, watch) in watches.sorted(by: { $0.key < $1.key }) {
            watch.task?.cancel()
            _ = await watch.task?.result
        }
    }
}
