import Contracts
import Foundation
import Runtime
import ServiceKit

/// The network between the services of a simulated lab, and between its clients and the gateway: every call runs on the lane of the one
/// who answers, and can be refused, lost on the way there or back, or slow. When an instance ends, the calls it was answering are reset.
final class SimulatedNetwork: @unchecked Sendable {
    // Unchecked: confined to the run's thread.
    private unowned let run: SimulatedRun
    private let world: World
    private let faults: FaultInjector
    private var calls = [Int: Call]()
    private var lastCall = 0

    private struct Call {
        let caller: String
        let callee: String
        let finish: (RawReply) -> Void
    }

    init(run: SimulatedRun, world: World, faults: FaultInjector) {
        self.run = run
        self.world = world.instance("network")
        self.faults = faults
    }

    /// Calls that have not been answered, for reports and quiescence.
    var open: [String] { calls.sorted { $0.key < $1.key }.map { "\($0.value.caller) waits for an answer of \($0.value.callee)" } }

    func connection(to replica: any RequestAnswering, world: World) -> any RequestAnswering { Connection(replica, world, self) }

    /// The instance is gone: nobody hears from it.
    func reset(_ instance: String?) {
        for (number, call) in calls.sorted(by: { $0.key < $1.key }) where instance == nil || call.callee == instance {
            calls[number] = nil
            call.finish(.problem(.unavailable("The connection to \(call.callee) was lost.", code: "connection_lost")))
        }
        guard let instance else { return }
        // Whoever has called is gone as well: there is nobody to answer.
        for (number, call) in calls where call.caller == instance { calls[number] = nil }
    }

    fileprivate func carry(_ request: RawRequest, to replica: any RequestAnswering, on callee: World) async -> RawReply {
        let caller = run.currentInstance ?? "client"
        let name = callee.instance
        let pair = "\(caller)>\(name)"
        let cut = faults.severity(of: .partition, at: pair, of: caller, below: 3)
        if cut > 0 { part(FaultInjector.Pair(from: caller, to: name), for: cut == 1 ? .seconds(3) : .seconds(30)) }
        if faults.strikes(.callRefused, at: pair, of: name) {
            return .problem(.unavailable("\(name) refused the connection.", code: "peer_unavailable", retryAfter: .seconds(1)))
        }
        let slow = faults.severity(of: .callSlow, at: pair, of: name, below: 4)
        let isPartitioned = faults.partitions.contains(FaultInjector.Pair(from: caller, to: name))
        let isLost = isPartitioned || faults.strikes(.callLostBefore, at: pair, of: name)
        let isAnswerLost = !isLost && faults.strikes(.callLostAfter, at: pair, of: name)
        let delay = slow > 0 ? [Duration.milliseconds(20), .seconds(1), .seconds(15)][slow - 1] : .zero
        do {
            return try await world.suspend("an answer of \(name) to \(caller)") { continuation in
                lastCall += 1
                let number = lastCall
                calls[number] = Call(caller: caller, callee: name) { continuation.resume(returning: $0) }
                // Nobody ever answers; the caller's own deadline ends the wait.
                if isLost { return lose(number, after: Self.patience) }
                let ask: @Sendable () -> Void = {
                    _ = callee.spawn("answer") {
                        let reply = await replica.respond(request)
                        if isAnswerLost { self.lose(number, after: Self.patience) } else { self.finish(number, reply) }
                    }
                }
                guard delay > .zero else { return callee.lane.perform(ask) }
                // It may be reset meanwhile: then nobody is there who would answer.
                _ = world.lane.schedule(after: delay) {
                    if self.calls[number] != nil { callee.lane.perform(ask) }
                }
            }
        } catch {
            // No continuation of this network is resumed with an error.
            return .problem(.unavailable("The call was given up.", code: "call_cancelled"))
        }
    }

    private func part(_ pair: FaultInjector.Pair, for duration: Duration) {
        faults.partitions.insert(pair)
        _ = world.lane.schedule(after: duration) { self.faults.partitions.remove(pair) }
    }

    /// Longer than any caller's own deadline.
    private static let patience = Duration.seconds(60)

    private func lose(_ number: Int, after patience: Duration) {
        _ = world.lane.schedule(after: patience) {
            self.finish(number, .problem(.timedOut("The connection timed out.")))
        }
    }

    private func finish(_ number: Int, _ reply: RawReply) {
        guard run.isAlive else { return }
        calls.removeValue(forKey: number)?.finish(reply)
    }

    private final class Connection: RequestAnswering, Sendable {
        private let replica: any RequestAnswering
        private let world: World
        private let network: SimulatedNetwork

        init(_ replica: any RequestAnswering, _ world: World, _ network: SimulatedNetwork) {
            self.replica = replica
            self.world = world
            self.network = network
        }

        var instance: String { replica.instance }
        var origin: any RequestAnswering { replica }
        var isAnswering: Bool { replica.isAnswering }
        func respond(_ request: RawRequest) async -> RawReply { await network.carry(request, to: replica, on: world) }
    }
}
