import CatalogAPI
import Contracts
import GRDB
import OrdersAPI
import Sagas
import ServiceKit
import Storage

/// Shipments: made by the checkout or by hand, then shipped and delivered by who sells all of the order, or by staff.
extension OrdersService {
    func listShipments(_ request: Request<NoBody>) async throws -> Page<ShipmentView> {
        let id = try orderID(request)
        _ = try head(id, request.principal)
        return Page(items: try read { try OrderTables(db: $0).shipments(of: id) })
    }

    func createShipment(_ request: Request<CreateShipment>) async throws -> ShipmentView {
        let id = try orderID(request)
        try await requireSeller(of: id, request)
        let (book, saga, body) = (book, saga, request.body)
        return try await request.commit(context.store) { tx in
            // Until the checkout has ended, Order.Confirmed is not out: nothing may be told about the order after it.
            if let checkout = try saga.instance(String(id), in: tx.db), !checkout.status.isEnded {
                throw Problem.conflict(code: "checkout_running", detail: "The checkout of order \(id) is still running.")
            }
            let order = try refusable(id) {
                try book.record(.createShipment(carrier: body.carrier, tracking: body.tracking), id: id, in: tx)
            }
            return try Self.shipment(order.shipments.count, of: id, in: tx)
        }
    }

    func markShipped(_ request: Request<MarkShipped>) async throws -> ShipmentView {
        let number = try Self.number(request)
        let body = request.body
        return try await record(.markShipped(number: number, carrier: body.carrier, tracking: body.tracking), shipment: number, request)
    }

    func markDelivered(_ request: Request<NoBody>) async throws -> ShipmentView {
        let number = try Self.number(request)
        return try await record(.markDelivered(number: number), shipment: number, request)
    }

    private func record<Input>(_ command: OrderCommand, shipment: Int, _ request: Request<Input>) async throws -> ShipmentView {
        let id = try orderID(request)
        try await requireSeller(of: id, request)
        let book = book
        return try await request.commit(context.store) { tx in
            _ = try refusable(id) { try book.record(command, id: id, in: tx) }
            return try Self.shipment(shipment, of: id, in: tx)
        }
    }

    /// Staff ship any order, sellers those of which they sell every line; a named item is sold by nobody but the house.
    ///
    /// The catalog says whose the products are, also of deleted ones, and is asked for sellers only. The seller of a product never changes,
    /// so that the answer holds for the transaction that follows.
    private func requireSeller<Input>(of id: Int64, _ request: Request<Input>) async throws {
        guard let principal = request.principal, !principal.isStaff else { return }
        let products = try read { db in
            let tables = OrderTables(db: db)
            guard try tables.head(id) != nil else { throw Problem.notFound("order", id) }
            return try tables.items(of: id).map(\.productID)
        }
        let known = Set(products.compactMap(\.self))
        var own = Set<Int64>()
        if settings.hasCatalog, !known.isEmpty, !products.contains(nil) {
            own = Set(try await quoted(known.sorted(), cause: request.cause).filter { $0.seller_id == principal.userID }.map(\.id))
        }
        guard !own.isEmpty, own == known else {
            throw Problem.forbidden("Order \(id) has lines that somebody else sells.", code: "not_your_sale")
        }
    }

    private static func number<Input>(_ request: Request<Input>) throws -> Int {
        guard let number = Int(exactly: try request.pathID("number")) else { throw Problem.notFound("shipment", "") }
        return number
    }

    private static func shipment(_ number: Int, of id: Int64, in tx: StoreTransaction) throws -> ShipmentView {
        guard let shipment = try OrderTables(db: tx.db).shipments(of: id).first(where: { $0.number == number }) else {
            throw Problem.notFound("shipment", number)
        }
        return shipment
    }
}

/// Turns a refusal of the aggregate into the answer for the client.
func refusable<T>(_ id: Int64, _ body: () throws -> T) throws -> T {
    do {
        return try body()
    } catch let refusal as OrderRefusal {
        switch refusal {
        case .notPlaced: throw Problem.notFound("order", id)
        case .noSuchShipment(let number): throw Problem.notFound("shipment", number)
        default: throw Problem.conflict(code: "order_refused", detail: refusal.description)
        }
    }
}
