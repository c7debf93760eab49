import ArgumentParser
import Foundation

/// `labbench flow`: the checkout through HTTP in one marketplace, to look at while it runs.
struct Flow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Checkout sagas through HTTP: tab-separated case, sagas/s, p50, p99, one fdatasync and processor time a saga in µs.",
        discussion: "The lab's process id is on standard error, for `perf record -p`. Clients: 0 posts on without waiting.")
    @Option(parsing: .upToNextOption, help: "Clients of each case, in order; 0 is 64 clients that post on until all is quiet.")
    var clients = [1, 64, 0]
    @Option(help: "Seconds a case runs.") var seconds = 3.0
    @Option(help: "Orders of the case that posts on.") var orders = 5000

    func run() async throws {
        let lab = try LabUnderTest(products: 100)
        defer { lab.stop() }
        FileHandle.standardError.write(Data("lab \(lab.pid)\n".utf8))
        _ = try FlowBench.checkouts(lab, clients: 64, for: 1)
        let folder = try ScratchFolder("sync")
        defer { folder.remove() }
        for count in clients {
            let sync = RawLimits.fdatasyncLoop(in: folder.url, for: 0.5)
            let before = ChildProcess.processorSeconds(of: lab.pid)
            let sample =
                try count == 0
                ? FlowBench.backlog(lab, clients: 64, orders: orders) : FlowBench.checkouts(lab, clients: count, for: seconds)
            let processor = (ChildProcess.processorSeconds(of: lab.pid) - before) / Double(sample.count) * 1e6
            let figures = [sample.perSecond, sample.percentile(0.5), sample.percentile(0.99), sync.percentile(0.5), processor].map {
                String(Int($0))
            }
            print((["\(count)"] + figures).joined(separator: "\t"))
        }
    }
}
