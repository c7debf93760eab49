import ArgumentParser
import Foundation

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
    @Option(help: "Only log, store, flow or start.") var only: String?

    func validate() throws {
        guard rounds > 0, seconds > 0 else { throw ValidationError("--rounds and --seconds must be positive") }
        if let only, !["log", "store", "flow", "start"].contains(only) {
            throw ValidationError("--only takes log, store, flow or start, not \(only)")
        }
    }

    func run() async throws {
        var table = ResultTable()
        if only == nil || only == "log" { try await log(&table) }
        if only == nil || only == "store" { try await store(&table) }
        if only == nil || only == "start" { try start(&table) }
        if only == nil || only == "flow" { try await flow(&table) }
        table.print()
    }

    private func note(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }

    private func inFolder(_ name: String, _ body: (URL) throws -> Sample) throws -> Sample {
        let folder = try ScratchFolder(name)
        defer { folder.remove() }
        return try body(folder.url)
    }

    private func log(_ table: inout ResultTable) async throws {
        var sync = [Sample]()
        var raw = [Int: [Sample]]()
        var batches = [Int: [Sample]]()
        var tasks = [Int: [Sample]]()
        var endToEnd = [Int: [Sample]]()
        for round in 1...rounds {
            note("log, round \(round) of \(rounds)")
            sync.append(try inFolder("sync") { RawLimits.fdatasyncLoop(in: $0, for: seconds) })
            for inFlight in [1, 64, 1024] {
                raw[inFlight, default: []].append(try inFolder("lmdb") { RawLimits.lmdbLoop(in: $0, batch: inFlight, for: seconds) })
                batches[inFlight, default: []].append(try await LogBench.publishBatches(of: inFlight, for: seconds))
                tasks[inFlight, default: []].append(try await LogBench.publishTasks(inFlight, for: seconds))
                endToEnd[inFlight, default: []].append(try await LogBench.endToEnd(inFlight: inFlight, for: seconds))
            }
        }
        table.add("fdatasync, 4 KiB append", unit: "/s", sync)
        for inFlight in [1, 64, 1024] {
            let limit = (name: "bare LMDB loop", samples: raw[inFlight]!)
            table.add("log: publish, \(inFlight) in flight, batch call", unit: "msg/s", batches[inFlight]!, limit: limit)
            table.add("log: publish, \(inFlight) in flight, tasks", unit: "msg/s", tasks[inFlight]!, limit: limit)
            table.add("log: published to acknowledged, \(inFlight) in flight", unit: "msg/s", endToEnd[inFlight]!, limit: limit)
        }
    }

    private func store(_ table: inout ResultTable) async throws {
        var raw = [Int: [Sample]]()
        var own = [Int: [Sample]]()
        for round in 1...rounds {
            note("store, round \(round) of \(rounds)")
            for writers in [1, 64] {
                raw[writers, default: []].append(try StoreBench.rawLoop(batch: writers, for: seconds))
                own[writers, default: []].append(try await StoreBench.commits(writers: writers, for: seconds))
            }
        }
        for writers in [1, 64] {
            table.add(
                "store: order + outbox, \(writers) writers", unit: "commits/s", own[writers]!,
                limit: (name: "bare SQLite loop, \(writers) a transaction", samples: raw[writers]!))
        }
        var outbox = [Sample]()
        for _ in 1...rounds { outbox.append(try await OutboxBench.rowToAcknowledged(perSecond: 500, for: seconds)) }
        table.add("outbox row to consumed and acknowledged, 500/s", unit: "/s", outbox)
    }

    private func start(_ table: inout ResultTable) throws {
        var empty = [Double]()
        var existing = [Double]()
        for round in 1...rounds {
            note("start, round \(round) of \(rounds)")
            let folder = try ScratchFolder("start")
            empty.append(try LabUnderTest.startupTime(in: folder))
            existing.append(try LabUnderTest.startupTime(in: folder))
            folder.remove()
        }
        table.add("process start to ready, empty data directory", value: String(format: "%.0f ms", median(empty)))
        table.add("process start to ready, existing data directory", value: String(format: "%.0f ms", median(existing)))
    }

    private func flow(_ table: inout ResultTable) async throws {
        note("flow: starting a marketplace")
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
        let order = try LabUnderTest.call(
            lab.port, "POST", "/api/v1/orders", token: lab.token, body: #"{"lines":[{"product_id":\#(lab.products[0]),"quantity":1}]}"#)
        struct Made: Decodable { var id: Int64 }
        let id = try JSONDecoder().decode(Made.self, from: order).id
        for round in 1...rounds {
            note("flow, round \(round) of \(rounds)")
            sync.append(try inFolder("sync") { RawLimits.fdatasyncLoop(in: $0, for: seconds / 2) })
            one.append(try FlowBench.checkouts(lab, clients: 1, for: seconds))
            many.append(try FlowBench.checkouts(lab, clients: 64, for: 2 * seconds))
            backlog.append(try FlowBench.backlog(lab, clients: 64, orders: 2000))
            bare.append(try FlowBench.reads(port: helloPort, path: "/json", for: seconds))
            cached.append(try FlowBench.reads(port: lab.port, path: "/api/v1/products/\(lab.products[0])", for: seconds))
            uncached.append(try FlowBench.reads(port: lab.port, path: "/api/v1/orders/\(id)", headers: lab.headers(), for: seconds))
        }
        table.add("checkout sagas, 1 client, POST to confirmed", unit: "/s", one, limit: (name: "fdatasync", samples: sync))
        table.add("checkout sagas, 64 clients, POST to confirmed", unit: "/s", many, limit: (name: "fdatasync", samples: sync))
        table.add("checkout sagas, 64 clients posting on, until quiet", unit: "/s", backlog)
        table.add("gateway read, cached", unit: "/s", cached, limit: (name: "bare Hummingbird", samples: bare))
        table.add("gateway read, uncached, token checked", unit: "/s", uncached, limit: (name: "bare Hummingbird", samples: bare))
        table.add("memory idle", value: String(format: "%.0f MiB", idle))
        table.add("memory after load", value: String(format: "%.0f MiB", lab.memory()))
    }
}
