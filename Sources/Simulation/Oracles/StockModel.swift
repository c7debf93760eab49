import CatalogAPI
import Foundation
import Messaging

/// The inventory as it should be: a few lines that say what reserving, releasing, lapsing, committing and adjusting mean.
struct StockModel {
    struct Product: Hashable {
        var onHand: Int
        var held = 0
    }

    /// Why a step is not possible in the state that the steps before have led to.
    struct Impossible: Error {
        let expected: String
        let found: String
    }

    /// Absent: the product's stock is not known yet, so nothing about it can be wrong.
    private(set) var products: [Int64: Product]
    private var holds = [String: [StockLine]]()
    /// What each order last asked for, held or not.
    private var wishes = [String: [StockLine]]()
    private var committed = Set<String>()

    init(onHand: [Int64: Int]) { products = onHand.mapValues { Product(onHand: $0) } }

    mutating func apply(_ message: Message) throws {
        switch message.type {
        case CatalogAPI.stockReservedEvent.name: try hold(try CatalogAPI.stockReservedEvent.payload(of: message))
        case CatalogAPI.stockReleasedEvent.name: try free(try CatalogAPI.stockReleasedEvent.payload(of: message))
        case CatalogAPI.stockCommittedEvent.name: try take(try CatalogAPI.stockCommittedEvent.payload(of: message))
        case CatalogAPI.stockAdjusted.name: try adjust(try CatalogAPI.stockAdjusted.payload(of: message))
        case CatalogAPI.refused.name: try refuse(try CatalogAPI.refused.payload(of: message))
        default: return
        }
    }

    /// What an order asks for, known from its command before the answer.
    mutating func note(_ wish: ReserveStock) { wishes[wish.order_id] = wish.lines }

    private mutating func hold(_ movement: StockMovement) throws {
        guard holds[movement.order_id] == nil, !committed.contains(movement.order_id) else {
            throw Impossible(expected: "order \(movement.order_id) reserves once", found: "it has its stock already")
        }
        for line in movement.lines {
            guard let product = products[line.product_id] else { continue }
            guard product.onHand - product.held >= line.quantity else {
                throw Impossible(
                    expected: "order \(movement.order_id) gets what there is",
                    found:
                        "it was given \(line.quantity) of product \(line.product_id), of which \(product.onHand - product.held) were left")
            }
            products[line.product_id]?.held += line.quantity
        }
        holds[movement.order_id] = movement.lines
    }

    private mutating func free(_ movement: StockMovement) throws {
        guard let lines = holds.removeValue(forKey: movement.order_id) else {
            throw Impossible(expected: "only what is held is given back", found: "order \(movement.order_id) held nothing and gave back")
        }
        for line in lines { products[line.product_id]?.held -= line.quantity }
    }

    private mutating func take(_ movement: StockMovement) throws {
        guard committed.insert(movement.order_id).inserted else {
            throw Impossible(expected: "order \(movement.order_id) takes its goods once", found: "it took them twice")
        }
        let held = holds.removeValue(forKey: movement.order_id) ?? []
        for line in held { products[line.product_id]?.held -= line.quantity }
        for line in movement.lines {
            guard let product = products[line.product_id] else { continue }
            guard product.onHand - product.held >= line.quantity else {
                throw Impossible(
                    expected: "order \(movement.order_id) takes what is there",
                    found: "it took \(line.quantity) of product \(line.product_id), of which \(product.onHand - product.held) were left")
            }
            products[line.product_id]?.onHand -= line.quantity
        }
    }

    private mutating func adjust(_ adjustment: StockAdjustment) throws {
        guard let product = products[adjustment.product_id] else { return }
        products[adjustment.product_id]?.onHand += adjustment.delta
        guard adjustment.on_hand == product.onHand + adjustment.delta else {
            throw Impossible(
                expected: "\(product.onHand + adjustment.delta) of product \(adjustment.product_id) after the adjustment",
                found: "the adjustment says \(adjustment.on_hand)")
        }
    }

    /// A refusal for want of stock is right only when there was too little.
    private func refuse(_ refusal: StockRefused) throws {
        guard refusal.reason == "out_of_stock", let product = refusal.product_id, let stock = products[product] else { return }
        guard let wish = wishes[refusal.order_id] else { return }
        let wanted = wish.reduce(0) { $1.product_id == product ? $0 + $1.quantity : $0 }
        guard stock.onHand - stock.held < wanted else {
            throw Impossible(
                expected: "order \(refusal.order_id) gets \(wanted) of product \(product), of which \(stock.onHand - stock.held) are left",
                found: "it was refused: out of stock")
        }
    }
}
