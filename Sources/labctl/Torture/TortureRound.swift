import Foundation
import Lab
import NIOHTTP1
import Runtime

/// One lab that is killed under load.
struct TortureRound {
    let seed: UInt64
    let orders: Int
    let clients: Int
    let kills: Int
    /// Where the data of a failed round goes; nil deletes it too.
    let keep: String?

    func run(_ number: Int) async throws -> Torture.Result {
        let folder = URL(fileURLWithPath: keep ?? NSTemporaryDirectory()).appendingPathComponent(
            "torture-\(seed)-\(ProcessInfo.processInfo.processIdentifier)")
        let lab = LabProcess(directory: DataDirectory(folder))
        var ready = try lab.up(withSample: true)
        let audit = MarketplaceAudit(directory: lab.directory)
        // The sample's own orders first: what follows is counted from a quiet lab.
        try await lab.waitQuiet()
        let before = try audit.stock()
        let plan = OrderPlan(seed: seed, orders: orders, products: before.keys.sorted())
        let desk = OrderDesk(plan: plan, killsAfter: killMoments())
        await desk.open(at: try TortureRound.address(ready))
        let tokens = try await tokens(ready)
        var recoveries = [Double]()
        let directory = lab.directory

        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<clients {
                group.addTask { try await ordering(desk, tokens[client % tokens.count], directory) }
            }
            for _ in 0..<kills {
                guard await desk.killIsDue() else { break }
                await desk.close()
                lab.kill()
                let began = ContinuousClock.now
                ready = try lab.up(withSample: false)
                recoveries.append((ContinuousClock.now - began).milliseconds)
                await desk.open(at: try TortureRound.address(ready))
            }
            try await group.waitForAll()
        }
        try await lab.waitQuiet()
        let accepted = await desk.accepted
        try await lab.down()
        let violations = try audit.violations(accepted: accepted, stockBefore: before) + (await desk.complaints)
        let confirmed = try audit.confirmedOrders()
        if violations.isEmpty || keep == nil { try FileManager.default.removeItem(at: folder) }
        return Torture.Result(
            round: number, seed: seed, placed: accepted.count, confirmed: confirmed, kills: recoveries.count, recovery_ms: recoveries,
            violations: violations)
    }

    /// After how many accepted orders the lab is killed: drawn with the seed, ascending.
    private func killMoments() -> [Int] {
        let random = RandomStream(seed: seed ^ StableHash.of("kills"))
        return (0..<kills).map { _ in 1 + random.below(max(1, orders - 1)) }.sorted()
    }

    private static func address(_ ready: ReadyLab) throws -> String {
        guard let gateway = ready.status.gateway else { throw LabError(.failed, "the lab has no gateway") }
        return gateway
    }

    /// Access tokens outlive a round; a killed lab knows its signing key again.
    private func tokens(_ ready: ReadyLab) async throws -> [String] {
        let client = APIClient(base: try Self.address(ready))
        var tokens = [String]()
        for email in SampleData.buyers { tokens.append(try await client.logIn("\(email):\(SampleData.password)")) }
        return tokens
    }

    private func ordering(_ desk: OrderDesk, _ token: String, _ directory: DataDirectory) async throws {
        while let order = await desk.next() {
            while true {
                let base = await desk.address()
                var api = APIClient(base: base)
                api.token = token
                // The order's key makes asking again safe: a lost answer must not become a second order. Nil: it was killed.
                let answer = try? await api.send(.POST, "/api/v1/orders", order.body, key: order.key, timeout: .seconds(30))
                if let answer, await desk.answered(order, answer, from: base) { break }
                guard answer == nil, await desk.isOpen(at: base), directory.owner == nil else { continue }
                throw LabError(
                    .failed, "the lab ended by itself under load", why: LabProcess.lastWords(directory),
                    next: "labctl torture --rounds 1 --seed \(seed) --keep .   (looks for it again and keeps the data)")
            }
        }
    }
}
