import Contracts
import Foundation
import Lab
import OrdersAPI
import Runtime
import Simulation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Orders by one customer in the small topology; what else happens is up to the case.
struct Ordering: SimulationScenario {
    enum Twist: Sendable, Hashable {
        case none
        /// The oracle fails when at least this choice was made.
        case failsOnChoice
        /// The oracle fails once the process has ended at least once.
        case failsAfterCrash
        case traps, trapsAtBoot, blocks, throwsUp, neverSettles, waitsForever, escapes, readsTheClock
    }

    static let name = "tests.ordering"
    var twist = Twist.none
    var faults = FaultProfile.none
    var topology: Topology {
        if twist == .trapsAtBoot { preconditionFailure("the topology cannot be read") }
        return OrderEvents().topology
    }
    var limits: SimulationLimits {
        SimulationLimits(
            stepsMax: twist == .waitsForever ? 20_000 : 100_000, settlesWithin: .minutes(20),
            hangsAfter: twist == .blocks ? .milliseconds(700) : .seconds(20))
    }

    var oracles: [any Oracle] {
        let twist = twist
        return [
            Check("tests: nothing is wrong") { view in
                switch twist {
                case .failsOnChoice:
                    let asked = view.journal.promises("choice").count
                    try view.expect(asked == 0, "no odd choice", "\(asked)")
                case .failsAfterCrash:
                    let ends = view.history.events.count { $0.point.name == "world.crash" }
                    try view.expect(ends == 0, "nobody ends", "\(ends) ends")
                default: return
                }
            }
        ]
    }

    func workload(_ lab: SimulatedLab) async throws {
        let customer = Client(lab, named: "customer")
        let orders = 1 + lab.choose("orders", below: 4)
        for number in 0..<orders {
            _ = lab.choose("colour", below: 5)
            let body = PlaceOrder(user_id: UserReference(principal: "u1"), item: "book", amount: .count(1))
            let _: OrderView = try await customer.send(.post, "/orders", body, key: "order-\(number)")
        }
        switch twist {
        case .none, .failsAfterCrash, .trapsAtBoot: return
        case .failsOnChoice:
            if lab.choose("culprit", below: 8) >= 3 { lab.journal.record("choice", "culprit") }
        case .traps:
            let nothing = [Int]()
            _ = nothing[orders]
        case .blocks: while true { pause() }
        case .throwsUp: throw Refused(status: 0)
        case .neverSettles:
            // A message that nobody takes in time: the group that should is stopped.
            try await lab.stop("notifications")
        case .waitsForever: _ = try await lab.world.suspend("a sign that never comes") { (_: UnsafeContinuation<Void, any Error>) in }
        case .escapes:
            let task = Task.detached { orders }
            _ = await task.value
        case .readsTheClock:
            var time = timeval()
            gettimeofday(&time, nil)
            try await lab.world.sleep(for: .microseconds(Int64(time.tv_usec) + 1))
            _ = await lab.call(.get, "/orders")
        }
    }

    struct Refused: Error { let status: Int }
}
