import Contracts
import Foundation
import OrdersAPI
import Runtime
import ServiceKit
import Synchronization
import UsersAPI

/// A short day at the marketplace, for simulated runs: people register, a seller offers products, buyers order with good and bad cards,
/// one product runs out. What happens follows from the run's seed alone.
public struct SampleCheckouts: Sendable {
    public struct Outcome: Sendable, Hashable {
        public var placed = 0
        /// Orders by the status they ended in.
        public var byStatus = [String: Int]()
    }

    let lab: SimulatedLab
    private let buyers = 3
    private let ordersEach: Int

    public init(lab: SimulatedLab, ordersEach: Int = 4) {
        self.lab = lab
        self.ordersEach = ordersEach
    }

    public func run() async throws -> Outcome {
        let staff = try await logIn("admin@lab.local", try lab.secret("staff_password"))
        var products = [Int64]()
        for number in 1...4 {
            let body = #"{"sku":"S-\#(number)","name":"Product \#(number)","price":"\#(number)9.90","currency":"USD","on_hand":\#(number * 3)}"#
            products.append(try await made(await lab.call(.post, "/api/v1/products", body: Data(body.utf8), token: staff)))
        }
        let shelf = products
        var tasks = [Task<[Int64], any Error>]()
        for number in 0..<buyers {
            let world = lab.world.instance("buyer-\(number)")
            tasks.append(world.spawn("buyer") { try await buy(number, shelf, world) })
        }
        var orders = [Int64]()
        for task in tasks { orders += try await task.value }
        try await lab.quiet()
        var outcome = Outcome(placed: orders.count)
        for order in orders.sorted() {
            let reply = await lab.call(.get, "/api/v1/orders/\(order)", token: staff)
            outcome.byStatus[try JSONCoding.decode(OrderView.self, from: reply.body).status.rawValue, default: 0] += 1
        }
        return outcome
    }

    private func buy(_ number: Int, _ products: [Int64], _ world: World) async throws -> [Int64] {
        let email = "buyer\(number)@example.com"
        let account = #"{"email":"\#(email)","full_name":"Buyer \#(number)","password":"simulated-password"}"#
        _ = try await made(await lab.call(.post, "/api/v1/users", body: Data(account.utf8)))
        let token = try await logIn(email, "simulated-password")
        var orders = [Int64]()
        for order in 0..<ordersEach {
            let product = products[world.random.below(products.count)]
            let card = world.random.below(4) == 0 ? "4000000000000002" : "4242424242424242"
            let body = #"{"lines":[{"product_id":\#(product),"quantity":\#(1 + world.random.below(3))}],"card":"\#(card)"}"#
            let reply = await lab.call(.post, "/api/v1/orders", body: Data(body.utf8), token: token, key: "\(number)-\(order)")
            orders.append(try await made(reply))
            try await world.sleep(for: .milliseconds(Int64(world.random.below(50))))
        }
        return orders
    }

    private func logIn(_ email: String, _ password: String) async throws -> String {
        let body = try JSONCoding.encode(LogIn(email: email, password: password))
        let reply = await lab.call(.post, "/api/v1/auth/login", body: body)
        if let problem = reply.problem { throw problem }
        return try JSONCoding.decode(TokenPair.self, from: reply.body).access_token
    }

    private func made(_ reply: RawReply) async throws -> Int64 {
        struct Made: Decodable { var id: Int64 }
        if let problem = reply.problem { throw problem }
        return try JSONCoding.decode(Made.self, from: reply.body).id
    }
}

/// One whole simulated run of ``SampleCheckouts``.
public enum SimulatedCheckouts {
    public static func run(_ topology: Topology, seed: UInt64) throws -> (history: History, outcome: SampleCheckouts.Outcome) {
        let outcome = Mutex(SampleCheckouts.Outcome())
        let history = try SimulatedLab.run(topology, seed: seed) { lab in
            let result = try await SampleCheckouts(lab: lab).run()
            outcome.withLock { $0 = result }
        }
        return (history, outcome.withLock { $0 })
    }
}
