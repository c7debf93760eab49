import Dispatch
import Foundation
import GRDB
import Lab
import Runtime
import Synchronization
import Testing

@testable import Simulation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Whatever does not come from World is found: as an escape, or because two runs part.
@Suite(.serialized) struct ExplorationNondeterminismTests {
    enum Impurity: String, Sendable, CaseIterable {
        case date, uuid, systemRandom, setOrder, address, foreignThread, dispatch, databaseAsync, bareTask, detachedTask,
            taskSleep
        case timeZone, locale, environment, staticState, processNumber
    }

    struct Impure: SimulationScenario {
        static let name = "tests.impure"
        static let runs = Atomic<Int>(0)
        var impurity: Impurity?
        var topology: Topology { OrderEvents().topology }
        var oracles: [any Oracle] { [] }
        var limits: SimulationLimits { SimulationLimits(stepsMax: 30_000, hangsAfter: .seconds(5)) }

        func workload(_ lab: SimulatedLab) async throws {
            let note: @Sendable (String) -> Void = { _ = lab.run.note(Point("tests.value"), instance: "impure", $0) }
            note("begin")
            switch impurity {
            case nil: note("nothing")
            case .date: note("\(Date().timeIntervalSince1970)")
            case .uuid: note(UUID().uuidString)
            case .systemRandom: note("\(UInt64.random(in: 0 ... .max))")
            case .setOrder: note(Set((0..<40).map { "item-\($0)" }).joined(separator: " "))
            case .address: note("\(ObjectIdentifier(Journal()).hashValue)")
            case .foreignThread:
                let lane = lab.world.lane
                try await lab.world.suspend("a thread") { (continuation: UnsafeContinuation<Void, any Error>) in
                    Thread.detachNewThread { lane.perform { continuation.resume() } }
                }
            case .dispatch:
                let lane = lab.world.lane
                try await lab.world.suspend("a queue") { (continuation: UnsafeContinuation<Void, any Error>) in
                    DispatchQueue.global().async { lane.perform { continuation.resume() } }
                }
            case .databaseAsync: note("\(try await DatabaseQueue().read { try Int.fetchOne($0, sql: "SELECT 1") } ?? 0)")
            case .bareTask: note("\(await Task { 5 }.value)")
            case .detachedTask: note("\(await Task.detached { 5 }.value)")
            case .taskSleep: try await Task<Never, Never>.sleep(nanoseconds: 1_000_000)
            case .timeZone:
                var moment = time_t(0)
                var local = tm()
                localtime_r(&moment, &local)
                note("\(local.tm_hour)")
            case .locale: note("\(mblen("é", 2))")
            case .environment: note(ProcessInfo.processInfo.environment["USER"] ?? "nobody")
            case .staticState: note("run \(Self.runs.add(1, ordering: .relaxed).newValue)")
            case .processNumber: note("\(getpid())")
            }
            note("end")
        }
    }

    @Test func `a run without impurities is the same twice`() throws {
        #expect(try DeterminismCheck.check(Impure(impurity: nil), seeds: 1...1).isEmpty)
    }

    @Test(arguments: Impurity.allCases) func `it is found, and what to write instead is said`(_ impurity: Impurity) throws {
        let scenario = Impure(impurity: impurity)
        guard impurity.leavesTheLane else {
            let divergence = try #require(try DeterminismCheck.check(scenario, seeds: 1...1).first, "\(impurity) was not found")
            let event = try #require(divergence.first, "\(divergence)")
            #expect(event.instance == "impure" && event.point == "tests.value", "\(divergence)")
            #expect("\(divergence)".contains("at event \(event.number)") && "\(divergence)".contains(Divergence.advice))
            return
        }
        let pool = RunPool(scenario, mode: .workers(1))
        defer { pool.close() }
        let verdict = try pool.run(RunRequest(.seed(1, .fifo))).report.verdict
        #expect(verdict.word == "escaped" && verdict.detail.contains("instead: tasks by world.spawn"), "\(verdict.word) \(verdict.detail)")
    }

    @Test func `what has proved an escape once is one in every run of a pool`() throws {
        let pool = RunPool(Impure(impurity: .foreignThread), mode: .workers(1))
        defer { pool.close() }
        let words = try pool.answers((1...6).map { RunRequest(.seed($0, .fifo)) }).compactMap { $0?.report.verdict.word }
        #expect(words == Array(repeating: "escaped", count: 6))
    }

    @Test(arguments: [Impurity.bareTask, .detachedTask]) func `tasks are found in this process too`(
        _ impurity: Impurity
    ) {
        let verdict = Simulator.run(Impure(impurity: impurity), seed: 1, strategy: .fifo).verdict
        #expect(verdict.word == "escaped", "\(verdict.word) \(verdict.detail)")
    }
}

extension ExplorationNondeterminismTests.Impurity {
    /// Work is given to other threads; the others change values only.
    var leavesTheLane: Bool {
        [.foreignThread, .dispatch, .databaseAsync, .bareTask, .detachedTask, .taskSleep].contains(self)
    }
}
