import Commerce
import Contracts
import Foundation
import OrdersAPI
import Runtime
import Testing

@testable import OrdersService

/// The three forms of `POST /orders`, and what is refused.
@Suite struct OrdersPlacingTests {
    static let quotes: [Int64: OrderPricing.Quote] = [
        7: .init(name: "Lamp", priceMinor: 1999, currency: "EUR", isActive: true),
        8: .init(name: "Chair", priceMinor: 5000, currency: "EUR", isActive: true),
        9: .init(name: "Old chair", priceMinor: 1, currency: "EUR", isActive: false),
        10: .init(name: "Book", priceMinor: 100, currency: "USD", isActive: true),
        11: .init(name: "Moon", priceMinor: .max, currency: "EUR", isActive: true),
        12: .init(name: "Island", priceMinor: Money.minorUnitsMax, currency: "EUR", isActive: true),
    ]

    static func body(_ json: String) throws -> PlaceOrder { try JSONCoding.decode(PlaceOrder.self, from: Data(json.utf8)) }

    static func placed(_ json: String) throws -> PlacedOrder {
        let body = try body(json)
        return try OrderPricing(body: body, user: body.user_id ?? UserReference(1), quotes: quotes).placed()
    }

    /// Fields that are refused, by validation or by pricing.
    static func refused(_ json: String) throws -> [String] {
        let body = try body(json)
        let errors = Validation.errors(of: body)
        guard errors.isEmpty else { return errors.map(\.field) }
        do {
            _ = try OrderPricing(body: body, user: UserReference(1), quotes: quotes).placed()
            return []
        } catch {
            #expect(error.status == 422)
            return (error.errors ?? []).map(\.field)
        }
    }

    @Test func `lines are priced from the catalog`() throws {
        let order = try Self.placed(#"{"lines":[{"product_id":7,"quantity":2},{"product_id":8,"quantity":1}],"card":"4242 4242-42424242"}"#)
        #expect(order.form == .lines)
        #expect(order.totalMinor == 8998 && order.currency == "EUR" && order.cardLast4 == "4242")
        #expect(order.lines[0] == OrderedLine(product_id: 7, item: "Lamp", quantity: 2, unit_minor: 1999))
    }

    @Test func `an amount of an item is that many of it, without a price`() throws {
        let order = try Self.placed(#"{"user_id":"u1","item":"book","amount":2}"#)
        #expect(order.form == .item && order.totalMinor == 0)
        #expect(order.lines == [OrderedLine(item: "book", quantity: 2, unit_minor: 0)])
        #expect(order.user == UserReference(text: "u1", isNumber: false))
    }

    @Test func `an amount of a currency is a plain total, exact`() throws {
        let order = try Self.placed(#"{"user_id":1,"amount":"99.90","currency":"USD"}"#)
        #expect(order.form == .plain && order.totalMinor == 9990 && order.currency == "USD" && order.lines.isEmpty)
        #expect(try Self.placed(#"{"amount":"500","currency":"JPY"}"#).totalMinor == 500)
    }

    @Test(arguments: [
        #"{"user_id":"u1","item":"book","amount":2}"#, #"{"user_id":1,"amount":"99.9","currency":"USD"}"#,
        #"{"user_id":"1","amount":"99.90","currency":"USD"}"#,
    ]) func `what was sent comes back as it was sent`(_ json: String) throws {
        let body = try Self.body(json)
        let view = OrderView(try Self.placed(json), id: 1, at: .epoch)
        #expect(view.user_id == body.user_id && view.amount == body.amount && view.item == body.item && view.currency == body.currency)
        let echoed = PlaceOrder(user_id: view.user_id, item: view.item, amount: view.amount, currency: view.currency)
        #expect(
            String(decoding: try JSONCoding.encode(echoed), as: UTF8.self) == String(decoding: try JSONCoding.encode(body), as: UTF8.self))
    }

    @Test(arguments: [
        ("{}", ["lines", "item", "amount"]),
        (#"{"lines":[]}"#, ["lines"]),
        (#"{"lines":[{"product_id":7,"quantity":1}],"item":"book","amount":1,"currency":"USD"}"#, ["item", "amount", "currency"]),
        (#"{"lines":[{"product_id":0,"quantity":0}]}"#, ["lines[0].product_id", "lines[0].quantity"]),
        (#"{"lines":[{"product_id":7,"quantity":1},{"product_id":99,"quantity":1}]}"#, ["lines[1].product_id"]),
        (#"{"lines":[{"product_id":9,"quantity":1}]}"#, ["lines[0].product_id"]),
        (#"{"lines":[{"product_id":7,"quantity":1},{"product_id":10,"quantity":1}]}"#, ["lines[1].product_id"]),
        (#"{"lines":[{"product_id":11,"quantity":2}]}"#, ["lines[0].quantity"]),
        (#"{"item":"book"}"#, ["amount"]),
        (#"{"item":"","amount":1}"#, ["item"]),
        (#"{"item":"book","amount":"2"}"#, ["amount"]),
        (#"{"item":"book","amount":0}"#, ["amount"]),
        (#"{"item":"book","amount":1,"currency":"USD"}"#, ["currency"]),
        (#"{"amount":"99.90"}"#, ["currency"]),
        (#"{"currency":"USD"}"#, ["amount"]),
        (#"{"amount":99,"currency":"USD"}"#, ["amount"]),
        (#"{"amount":99.9,"currency":"USD"}"#, ["amount"]),
        (#"{"amount":"99.999","currency":"USD"}"#, ["amount"]),
        (#"{"amount":"0.00","currency":"USD"}"#, ["amount"]),
        (#"{"amount":"-1","currency":"USD"}"#, ["amount"]),
        (#"{"amount":"1","currency":"usd"}"#, ["currency"]),
        (#"{"amount":"1","currency":"USD","user_id":""}"#, ["user_id"]),
        (#"{"amount":"1","currency":"USD","card":"no card"}"#, ["card"]),
        (#"{"amount":"1","currency":"USD","user_id":"7\u0000"}"#, ["user_id"]),
        (#"{"item":"a\#(String(repeating: "\u{301}", count: 200))","amount":1}"#, ["item"]),
        (#"{"amount":"10000000000.01","currency":"USD"}"#, ["amount"]),
        (#"{"amount":"92233720368547758.07","currency":"USD"}"#, ["amount"]),
        (#"{"amount":"\#(String(repeating: "9", count: 100))","currency":"USD"}"#, ["amount"]),
        (#"{"lines":[{"product_id":12,"quantity":1},{"product_id":12,"quantity":1}]}"#, ["lines[1].quantity"]),
        (#"{"lines":[{"product_id":11,"quantity":1}]}"#, ["lines[0].quantity"]),
    ]) func `a body that is none of the forms is refused by field`(_ json: String, _ fields: [String]) throws {
        #expect(try Self.refused(json) == fields)
    }
}
