import Foundation

/// Hands out the orders of a round, notes the answers, and says when the lab is to be killed.
actor OrderDesk {
    private var waiting: [OrderPlan.Order]
    private var killsAfter: [Int]
    private var base: String?
    private var clients = [CheckedContinuation<String, Never>]()
    private var killer: CheckedContinuation<Bool, Never>?
    private(set) var accepted = [String: Int64]()
    private(set) var complaints = [String]()
    private var answeredCount = 0
    private let total: Int

    init(plan: OrderPlan, killsAfter: [Int]) {
        waiting = plan.orders.reversed()
        total = plan.orders.count
        self.killsAfter = killsAfter
    }

    func next() -> OrderPlan.Order? { waiting.popLast() }

    /// Where the lab is; waits while it is down.
    func address() async -> String {
        if let base { return base }
        return await withCheckedContinuation { clients.append($0) }
    }

    func open(at address: String) {
        base = address
        for client in clients { client.resume(returning: address) }
        clients = []
    }

    func close() { base = nil }

    /// True as long as nobody has been told that the lab at `address` is to be killed.
    func isOpen(at address: String) -> Bool { base == address }

    /// Waits for the next moment to kill; false when every order is answered.
    func killIsDue() async -> Bool {
        guard !killsAfter.isEmpty else { return false }
        if answeredCount >= killsAfter[0] {
            killsAfter.removeFirst()
            return answeredCount < total
        }
        return await withCheckedContinuation { killer = $0 }
    }

    /// - Returns: true when the order is done with; false when it must be asked again.
    func answered(_ order: OrderPlan.Order, _ answer: APIClient.Answer, from address: String) -> Bool {
        struct Placed: Decodable { var id: Int64 }
        switch answer.status {
        case 429, 500...599: return false
        case 201:
            guard let placed = try? answer.decode(Placed.self) else {  // the complaint says it
                complaints.append("\(order.key) was answered 201 without an id: \(answer.text)")
                break
            }
            if let other = accepted[order.key], other != placed.id {
                complaints.append("\(order.key) became two orders, \(other) and \(placed.id)")
            }
            accepted[order.key] = placed.id
        default: complaints.append("\(order.key) was answered \(answer.status): \(answer.text)")
        }
        answeredCount += 1
        if let first = killsAfter.first, answeredCount >= first, let killer {
            killsAfter.removeFirst()
            self.killer = nil
            killer.resume(returning: true)
        }
        return true
    }
}
