import CatalogAPI
import GRDB
import Messaging
import Runtime

/// Reservations behave as if they were made one after the other: there is an order of all reservations, releases and commits in which each
/// answer is right, and it respects who was answered before whom asked.
///
/// The catalog commits one transaction after the other, and its outbox numbers what it says in that order: so the commit order is the only
/// one that could explain the answers, and it lies between question and answer by construction. The check follows it through a model of
/// the stock (``StockModel``): nothing may be given twice, nothing refused that was there. At the end the model and the table are equal.
///
/// The workload says what stock there was: `lab.journal.record("stock", "\(product)", ["on_hand": "3"])`; other products are not judged.
public struct ReservationsLinearizable: Oracle {
    public let name = "reservations linearizable"
    private let service: String

    public init(service: String = "catalog") { self.service = service }

    public func afterSettle(_ view: LabView) throws {
        guard let store = view.stores.store(service) else { return }
        var onHand = [Int64: Int]()
        for promise in view.journal.promises("stock") {
            guard let product = Int64(promise.id), let count = promise.facts["on_hand"].flatMap({ Int($0) }) else { continue }
            onHand[product] = count
        }
        guard !onHand.isEmpty else { return }
        var model = StockModel(onHand: onHand)
        var said = [(row: UInt64, message: Message)]()
        var answered = Set<String>()
        for message in try view.loggedMessages().map(\.message) where !LabView.isPoison(message) {
            if message.type == CatalogAPI.reserve.name { model.note(try CatalogAPI.reserve.payload(of: message)) }
            guard message.source == store.name, let row = NoMessageLost.outboxRow(of: message) else { continue }
            said.append((row, message))
        }
        for (_, message) in said.sorted(by: { $0.row < $1.row }) {
            // A command that comes twice is answered twice; the first answer decided.
            if message.type == CatalogAPI.refused.name, !answered.insert(message.subject).inserted { continue }
            do {
                try model.apply(message)
            } catch let wrong as StockModel.Impossible {
                try view.expect(false, wrong.expected, "\(wrong.found) (message \(message.id) at \(message.time.rfc3339))")
            }
        }
        for row in try view.rows(service, "SELECT product_id, on_hand, reserved FROM products_inventory ORDER BY product_id") {
            guard let product = model.products[row[0]] else { continue }
            let found = StockModel.Product(onHand: row[1], held: row[2])
            try view.expect(
                found == product, "product \(row[0] as Int64) has \(product.onHand) on hand and \(product.held) reserved",
                "\(found.onHand) on hand and \(found.held) reserved")
        }
    }
}

extension Oracle where Self == ReservationsLinearizable {
    public static var reservationsLinearizable: ReservationsLinearizable { ReservationsLinearizable() }
}
