import ArgumentParser
import Foundation
import LMDBBus
import Simulation

/// Every figure with its raw limit, interleaved over rounds.
struct All: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure everything and print one table.",
        discussion: """
            EXAMPLE
              labbench all
              labbench all --rounds 5 --only flow

            Works in .lab/bench under the working directory, on the device that it is on. Run it on an otherwise idle machine:
            absolute figures drift with the machine, the ratios inside a round are what counts.
            """)
    @Option(help: "Times each case is measured.") var rounds = 3
    @Option(help: "Seconds a case runs.") var seconds = 1.5
    @Option(help: "Only \(Part.allCases.map(\.rawValue).joined(separator: ", ")).") var only: Part?
    @Option(help: "Orders in the store when the flow is measured again, and memory for the last time.") var orders = 20_000

    enum Part: String, CaseIterable, ExpressibleByArgument { case log, keeping, store, outbox, start, flow, simulation }

    @Option(help: "Messages published past a consumer that never answers.") var stuck = 500_000

    func validate() throws {
        guard rounds > 0, seconds > 0, stuck > 0 else { throw ValidationError("--rounds, --seconds and --stuck must be positive") }
    }

    func run() async throws {
        var table = ResultTable()
        for part in Part.allCases where only == nil || only == part {
            switch part {
            case .log: try await log(&table)
            case .keeping: try await keeping(&table)
            case .store: try await store(&table)
            case .outbox: try await outbox(&table)
            case .start: try start(&table)
            case .flow: try await flow(&table)
            case .simulation: try simulation(&table)
            }
        }
        table.print()
        print(Self.notes)
    }

    private static let notes = """

        Medians over rounds; each ratio is taken inside a round, to the raw limit measured beside it. The goals' numbers are those of
        docs/decisions/0005-performance.md. Not in this table, because they need other programs beside: G3 to G6 and the peers' part of
        G8, G17 and P2 (other brokers, the Python stack). P8 is S2 to S7. P9 is a matter of builds,
        S1 is `make determinism`, S4 is `make mutants`.
        """

    private func begin(_ part: Part, _ round: Int, _ table: inout ResultTable) {
        table.neighbours.waitForQuiet()
        FileHandle.standardError.write(Data("\(part.rawValue), round \(round) of \(rounds)\n".utf8))
    }

    private func inFolder(_ body: (URL) throws -> Sample) throws -> Sample {
        let folder = try ScratchFolder("raw")
        defer { folder.remove() }
        return try body(folder.url)
    }

    // MARK: The log

    private func log(_ table: inout ResultTable) async throws {
        let depths = [1, 64, 1024]
        var sync = [Sample]()
        var raw = [Int: [Sample]]()
        var rawEnd = [Sample]()
        var batches = [Int: [Sample]]()
        var tasks = [Int: [Sample]]()
        var endToEnd = [Int: [Sample]]()
        var numbered = [Sample]()
        var spread = [Sample]()
        var processor = [Double]()
        for round in 1...rounds {
            begin(.log, round, &table)
            sync.append(try inFolder { RawLimits.fdatasyncLoop(in: $0, for: seconds) })
            for depth in depths {
                raw[depth, default: []].append(try inFolder { RawLimits.publish(in: $0, batch: depth, for: seconds) })
                let before = processorMicroseconds()
                let sample = try await LogBench.publishBatches(of: depth, for: seconds)
                if depth == 64 { processor.append((processorMicroseconds() - before) / Double(sample.count)) }
                batches[depth, default: []].append(sample)
                tasks[depth, default: []].append(try await LogBench.publishTasks(depth, for: seconds))
                endToEnd[depth, default: []].append(try await LogBench.endToEnd(inFlight: depth, for: seconds))
            }
            rawEnd.append(try inFolder { RawLimits.endToEnd(in: $0, batch: 64, for: seconds) })
            numbered.append(try await LogBench.publishBatches(of: 64, for: seconds, isNumbered: true))
            spread.append(try await LogBench.publishBatches(of: 64, for: seconds, partitions: 8))
        }
        table.add("fdatasync, 4 KiB append", unit: "/s", sync)
        for depth in depths {
            let limit = (name: "bare LMDB loop", samples: raw[depth]!)
            let (call, awaited): (Goal?, Goal?) =
                switch depth {
                case 1: (.atLeast(0.90, "G7"), nil)
                case 64: (.atLeast(0.90, "G1"), .atLeast(0.75, "G2"))
                default: (nil, nil)
                }
            table.add("publish, \(depth) in flight, batch call", unit: "msg/s", batches[depth]!, limit: limit, goal: call)
            table.add("publish, \(depth) in flight, tasks", unit: "msg/s", tasks[depth]!, limit: limit, goal: awaited)
            let end: (name: String, samples: [Sample])? = depth == 64 ? (name: "bare LMDB, read back", samples: rawEnd) : nil
            table.add(
                "published to acknowledged, \(depth) in flight", unit: "msg/s", endToEnd[depth]!, limit: end,
                goal: depth == 64 ? .atLeast(0.80, "G8") : nil)
        }
        let plain = (name: "plain publish", samples: batches[64]!)
        table.add("publish, 64 in flight, numbered by the producer", unit: "msg/s", numbered, limit: plain, goal: .atLeast(0.85, "G11"))
        table.add("publish, 64 in flight, 8 partitions", unit: "msg/s", spread, limit: plain, goal: .atLeast(0.65, "G12"))
        table.add("processor time a message, 64 in flight", processor, format: "%.1f µs", goal: .atMost(6, "G18"))
    }

    private func keeping(_ table: inout ResultTable) async throws {
        var kept = [Sample]()
        var rolling = [Sample]()
        var growth = [Double]()
        var rawReplay = [Sample]()
        var replay = [Sample]()
        var scan = [Sample]()
        var memory = [Double]()
        var first = [Double]()
        for round in 1...rounds {
            begin(.keeping, round, &table)
            kept.append(try await LogBench.publishBatches(of: 64, for: seconds))
            rolling.append(try await LogBench.publishBatches(of: 64, for: seconds, options: LogBench.rolling))
            let free = try await LogBench.fileBytes(after: stuck, hasStuckConsumer: false)
            growth.append(try await LogBench.fileBytes(after: stuck, hasStuckConsumer: true) / free)
            rawReplay.append(try inFolder { RawLimits.replay(in: $0, messages: 500_000) })
            let read = try await LogBench.replay(messages: 500_000)
            replay.append(read.delivered)
            scan.append(read.inPlace)
            let backlog = try BacklogBench.figures(messages: 1_000_000)
            memory.append(backlog.memory)
            first.append(backlog.firstDelivery)
        }
        table.add(
            "publish, 64 in flight, segments dropped meanwhile", unit: "msg/s", rolling, limit: (name: "none dropped, p99", samples: kept),
            by: .p99, goal: .atMost(2, "G13"))
        table.add("file with a consumer that never answers / without", growth, format: "%.2f", goal: .atMost(1.1, "G14"))
        let bare = (name: "bare LMDB, in place", samples: rawReplay)
        table.add("replay from the start, in place", unit: "msg/s", scan, limit: bare, goal: .atLeast(0.30, "G15"))
        table.add("replay from the start, delivered and acknowledged", unit: "msg/s", replay, limit: bare)
        table.add("memory added by a backlog of 1 million messages", memory, format: "%.1f MiB", goal: .atMost(16, "G16"))
        table.add("kill -9 with 1 million waiting, start to first delivery", first, format: "%.0f ms", goal: .atMost(123, "G17"))
    }

    // MARK: Stores and outboxes

    private func store(_ table: inout ResultTable) async throws {
        var raw = [Int: [Sample]]()
        var own = [Int: [Sample]]()
        for round in 1...rounds {
            begin(.store, round, &table)
            for writers in [1, 64] {
                let batch = writers == 1 ? 1 : 16
                raw[writers, default: []].append(try inFolder { RawLimits.orders(in: $0, batch: batch, for: seconds) })
                own[writers, default: []].append(try await StoreBench.commits(writers: writers, for: seconds))
            }
        }
        table.add(
            "store: order + outbox, 1 writer", unit: "commits/s", own[1]!, limit: (name: "bare SQLite, 1 a transaction", samples: raw[1]!))
        table.add(
            "store: order + outbox, 64 writers", unit: "commits/s", own[64]!,
            limit: (name: "bare SQLite, 16 a transaction", samples: raw[64]!),
            goal: .atLeast(0.70, "P1"))
    }

    private func outbox(_ table: inout ResultTable) async throws {
        var raw = [Sample]()
        var steady = [Sample]()
        var flatOut = [Sample]()
        var acknowledged = [Sample]()
        var stages = [Sample]()
        for round in 1...rounds {
            begin(.outbox, round, &table)
            raw.append(try inFolder { RawLimits.relay(in: $0, perSecond: 500, for: seconds) })
            steady.append(try await RelayBench.steady(perSecond: 500, for: seconds))
            flatOut.append(try await RelayBench.flatOut(for: seconds))
            acknowledged.append(try await OutboxBench.rowToAcknowledged(perSecond: 500, for: seconds))
            stages.append(try await StagesBench.sagas(for: seconds))
        }
        table.add(
            "order begun to event durable, 500/s", unit: "/s", steady, limit: (name: "one thread, p50", samples: raw), by: .p50,
            goal: .atMost(1.4, "G9"))
        table.add("order begun to event durable, 64 writers", unit: "/s", flatOut)
        table.add("p99 of the same, ms", flatOut.map { $0.percentile(0.99) / 1000 }, format: "%.2f", goal: .atMost(5, "G10"))
        table.add("outbox row to consumed and acknowledged, 500/s", unit: "/s", acknowledged)
        table.add("saga of three steps, no HTTP", unit: "/s", stages)
        table.add("p50 of the same, ms", stages.map { $0.percentile(0.5) / 1000 }, format: "%.2f", goal: .atMost(5, "G19"))
    }

    // MARK: The product

    private func start(_ table: inout ResultTable) throws {
        var empty = [Double]()
        var existing = [Double]()
        for round in 1...rounds {
            begin(.start, round, &table)
            let folder = try ScratchFolder("start")
            empty.append(try LabUnderTest.startupTime(in: folder))
            existing.append(try LabUnderTest.startupTime(in: folder))
            folder.remove()
        }
        table.add("process start to ready, empty data directory", empty, format: "%.0f ms", goal: .atMost(250, "P5"))
        table.add("process start to ready, existing data directory", existing, format: "%.0f ms", goal: .atMost(150, "P5"))
    }

    private func flow(_ table: inout ResultTable) async throws {
        let lab = try LabUnderTest(products: 100)
        defer { lab.stop() }
        let idle = lab.memory()
        let helloPort = 18_000 + Int(getpid() % 2000)
        let hello = try ChildProcess(ChildProcess.sibling("labbench"), ["serve", "\(helloPort)"])
        defer { hello.stop() }
        _ = try FlowBench.checkouts(lab, clients: 64, for: 1)
        var sync = [Sample]()
        var one = [Sample]()
        var many = [Sample]()
        var backlog = [Sample]()
        var bare = [Sample]()
        var cached = [Sample]()
        var uncached = [Sample]()
        var grown = [Sample]()
        let order = try lab.placeOrder()
        for round in 1...rounds {
            begin(.flow, round, &table)
            sync.append(try inFolder { RawLimits.fdatasyncLoop(in: $0, for: seconds / 2) })
            one.append(try FlowBench.checkouts(lab, clients: 1, for: seconds))
            many.append(try FlowBench.checkouts(lab, clients: 64, for: 2 * seconds))
            backlog.append(try FlowBench.backlog(lab, clients: 64, orders: 2000))
            bare.append(try FlowBench.reads(port: helloPort, path: "/json", for: seconds))
            cached.append(try FlowBench.reads(port: lab.port, path: "/api/v1/products/\(lab.products[0])", for: seconds))
            uncached.append(try FlowBench.reads(port: lab.port, path: "/api/v1/orders/\(order)", headers: lab.headers(), for: seconds))
        }
        let (loaded, few) = (lab.memory(), try lab.placeOrder())
        if orders > few { _ = try FlowBench.backlog(lab, clients: 64, orders: Int(orders) - Int(few)) }
        for _ in 1...rounds { grown.append(try FlowBench.checkouts(lab, clients: 64, for: 2 * seconds)) }
        let total = try lab.placeOrder()
        table.add(
            "checkout, 1 client, POST to confirmed", unit: "/s", one, limit: (name: "fdatasync, p50", samples: sync), by: .p50,
            goal: .atMost(25, "P3"))
        table.add("checkout, 64 clients, POST to confirmed", unit: "/s", many)
        table.add("checkout, 64 clients posting on, until quiet", unit: "/s", backlog)
        table.add(
            "checkout, 64 clients, \(total) orders in the store", unit: "/s", grown, limit: (name: "the first \(few)", samples: many),
            goal: .atLeast(0.80, "P7"))
        table.add("gateway read, cached", unit: "/s", cached, limit: (name: "bare Hummingbird", samples: bare), goal: .atLeast(0.60, "P4"))
        table.add(
            "gateway read, uncached, token checked", unit: "/s", uncached, limit: (name: "bare Hummingbird", samples: bare),
            goal: .atLeast(0.35, "P4"))
        for (when, memory) in [("idle", idle), ("after \(few) orders", loaded), ("after \(total) orders", lab.memory())] {
            let limit = when == "idle" ? 80.0 : 250
            table.add("memory \(when)", [memory.all], format: "%.0f MiB", goal: .atMost(limit, "P6"))
            table.add("of it not cached pages of files", [memory.own], format: "%.0f MiB")
        }
    }

    // MARK: The simulated world

    private func simulation(_ table: inout ResultTable) throws {
        var checkouts = [Sample]()
        var unjudged = [Sample]()
        var chaos = [Sample]()
        var speedUp = [Double]()
        var sweep = [Double]()
        var point = [Double]()
        for round in 1...rounds {
            begin(.simulation, round, &table)
            unjudged.append(try SimulationBench.unjudgedRuns(CheckoutHappy(), for: 2 * seconds))
            checkouts.append(try SimulationBench.runs(CheckoutHappy(), for: 2 * seconds).runs)
            chaos.append(try SimulationBench.runs(CheckoutChaos(), for: 2 * seconds).runs)
            speedUp.append(try SimulationBench.runs(CheckoutTimers(), for: 2 * seconds).speedUp)
            sweep.append(try SimulationBench.sweep())
            point.append(try SimulationBench.portPoint())
        }
        let shrinks = try SimulationBench.shrinks(9)
        let nobody = (name: "nobody looks", samples: unjudged)
        table.add("checkout simulated, all oracles, one core", unit: "/s", checkouts, limit: nobody, goal: .atLeast(0.87, "S6"))
        table.add("the same against the goal", checkouts.map(\.perSecond), format: "%.0f /s", goal: .atLeast(400, "S3"))
        table.add("checkout under all faults simulated, one core", unit: "/s", chaos)
        table.add("virtual time in a second, sagas with long timers", speedUp, format: "%.0f s", goal: .atLeast(10_000, "S3"))
        table.add("every crash point of the checkout, all cores", sweep, format: "%.1f s", goal: .atMost(60, "S2"))
        table.add("a port point where nobody listens", point, format: "%.1f ns", goal: .atMost(5, "S7"))
        table.add("a failure made small: choices left", shrinks.map(\.choices), format: "%.0f", goal: .atMost(5, "S5"))
        table.add("time it took", shrinks.map(\.seconds), format: "%.1f s", goal: .atMost(30, "S5"))
    }
}
