import Foundation
import Testing

@testable import Simulation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Worker processes: what becomes of jobs that end their process.
@Suite(.serialized) struct ExplorationWorkerPoolTests {
    enum Job: Codable, Sendable, Hashable {
        case square(Int), trap, exit(Int32), hang, longAnswer(Int), pid, nobodyReads
    }

    private func pool(workers: Int = 2, silence: Double = 20, jobsPerWorker: Int = 400) -> WorkerPool<Job, String> {
        var limits = WorkerLimits(workers: workers)
        limits.silenceSecondsMax = silence
        limits.jobsPerWorkerMax = jobsPerWorker
        return WorkerPool(limits: limits) { job, signals in
            signals.at("orders", "store.after", "\(job)")
            switch job {
            case .square(let number): return "\(number * number)"
            case .trap:
                let nothing = [Int]()
                return "\(nothing[Int(getpid())])"
            case .exit(let code): _exit(code)
            case .hang: while true { pause() }
            case .longAnswer(let count): return String(repeating: "x", count: count)
            case .pid: return "\(getpid())"
            case .nobodyReads:
                signal(SIGPIPE, SIG_DFL)
                var ends: [Int32] = [0, 0]
                pipe(&ends)
                close(ends[0])
                return "\(LineWriter.write(Data(), to: ends[1]))"
            }
        }
    }

    private func outcomes(_ pool: WorkerPool<Job, String>, _ jobs: [Job]) throws -> [(Job, String?, WorkerLoss?)] {
        var list = [(Job, String?, WorkerLoss?)]()
        try pool.run(jobs) { job, outcome in
            switch outcome {
            case .answered(let answer): list.append((job, answer, nil))
            case .lost(let loss): list.append((job, nil, loss))
            }
            return true
        }
        pool.close()
        return list
    }

    @Test func `every job is answered once`() throws {
        let jobs = (0..<500).map { Job.square($0) }
        let list = try outcomes(pool(), jobs)
        #expect(list.count == 500)
        #expect(Set(list.compactMap(\.1)) == Set((0..<500).map { "\($0 * $0)" }))
    }

    @Test func `an answer may be longer than a pipe holds`() throws {
        let list = try outcomes(pool(), [.longAnswer(3_000_000), .square(3)])
        #expect(Set(list.compactMap { $0.1?.count }) == [3_000_000, 1])
    }

    @Test func `a trap costs one job and says which signal, what the runtime said and where the run was`() throws {
        let list = try outcomes(pool(), [.square(2), .trap, .square(3), .square(4)])
        #expect(list.count == 4)
        #expect(Set(list.compactMap(\.1)) == ["4", "9", "16"])
        let loss = try #require(list.compactMap(\.2).first)
        #expect(loss.kind == .trapped && loss.how.contains("SIG"))
        #expect(loss.place == "orders store.after trap")
        #if DEBUG
            #expect(loss.said?.contains("Index out of range") == true, "\(loss)")
        #endif
    }

    @Test func `a pipe that nobody reads does not end the program, whatever it does about SIGPIPE`() throws {
        let list = try outcomes(pool(workers: 1), [.nobodyReads])
        #expect(list.first?.1 == "false", "\(list)")
    }

    @Test func `an exit is a loss with its code`() throws {
        let loss = try #require(try outcomes(pool(), [.exit(3)]).first?.2)
        #expect(loss.kind == .trapped && loss.how.contains("code 3"))
    }

    @Test func `a job without progress is ended and placed, the others go on`() throws {
        let list = try outcomes(pool(silence: 0.7), [.hang, .square(5), .square(6)])
        #expect(Set(list.compactMap(\.1)) == ["25", "36"])
        let loss = try #require(list.compactMap(\.2).first)
        #expect(loss.kind == .hung && loss.place == "orders store.after hang")
    }

    @Test func `a worker does a bounded number of jobs`() throws {
        let list = try outcomes(pool(workers: 1, jobsPerWorker: 3), Array(repeating: .pid, count: 7))
        #expect(Set(list.compactMap(\.1)).count == 3)
    }

    @Test func `what takes the outcomes can end the run`() throws {
        let pool = pool()
        var taken = 0
        let isComplete = try pool.run((0..<1_000).map { Job.square($0) }) { _, _ in
            taken += 1
            return taken < 10
        }
        pool.close()
        #expect(!isComplete && taken >= 10 && taken < 20)
    }

    @Test func `a cancelled run ends although a job hangs`() throws {
        let pool = pool(workers: 1)
        var looks = 0
        let isComplete = try pool.run(
            [Job.hang],
            isCancelled: {
                looks += 1; return looks > 2
            }
        ) { _, _ in true }
        pool.close()
        #expect(!isComplete)
    }

    @Test func `stacks are read as words and frames`() {
        let words = LastWords(
            """
            Swift/ContiguousArrayBuffer.swift:692: Fatal error: Index out of range
            /opt/swift/usr/lib/swift/linux/libswiftCore.so($ss17_assertionFailure__4file4line5flagss5NeverOs12StaticStringV_A2HSus6UInt32VtF+0x12f)[0x7fafb76f961f]
            /work/labctl($s13OrdersService9OrderBookC5placeyyF+0x1f)[0x55df231f86c4]
            /work/labctl(+0x36c4)[0x55df231f86c4]
            """)
        #expect(words.said == "Swift/ContiguousArrayBuffer.swift:692: Fatal error: Index out of range")
        #expect(words.frames.count == 1 && words.frames[0].contains("OrdersService.OrderBook.place"))
    }
}
