import Runtime

/// The orders of a round, all drawn with its seed.
struct OrderPlan: Sendable {
    struct Line: Encodable, Sendable {
        var product_id: Int64
        var quantity: Int
    }
    struct Body: Encodable, Sendable {
        var lines: [Line]
        var card: String
    }
    struct Order: Sendable {
        let key: String
        let body: Body
    }

    let orders: [Order]

    init(seed: UInt64, orders count: Int, products: [Int64]) {
        let random = RandomStream(seed: seed ^ StableHash.of("orders"))
        orders = (0..<count).map { number in
            var lines = [Line]()
            for _ in 0...random.below(3) {
                let product = products[random.below(products.count)]
                if !lines.contains(where: { $0.product_id == product }) {
                    lines.append(Line(product_id: product, quantity: 1 + random.below(2)))
                }
            }
            // One in eight is declined by the simulated processor.
            let card = random.below(8) == 0 ? Self.declined : Self.approved
            return Order(key: "torture-\(seed)-\(number)", body: Body(lines: lines, card: card))
        }
    }

    static let approved = "4242424242424242"
    static let declined = "4000000000000002"
}
