import GRDB

/// No product has less than nothing, and no more is held than there is: 0 ≤ reserved ≤ on hand, after every commit.
public struct StockNonNegative: Oracle {
    public let name = "stock never negative"
    private let service: String
    private let sql: String

    public init(
        service: String = "catalog", table: String = "products_inventory", key: String = "product_id", onHand: String = "on_hand",
        reserved: String = "reserved"
    ) {
        self.service = service
        sql = "SELECT \(key), \(onHand), \(reserved) FROM \(table) WHERE \(reserved) < 0 OR \(reserved) > \(onHand) LIMIT 1"
    }

    public func afterCommit(of service: String, _ view: LabView) throws {
        if view.stores.store(service)?.service == self.service { try check(view) }
    }

    public func afterSettle(_ view: LabView) throws {
        if view.has(service) { try check(view) }
    }

    private func check(_ view: LabView) throws {
        guard let row = try view.rows(service, sql).first else { return }
        let key = LabImage.text(row.databaseValues.first!)
        try view.expect(false, "0 <= reserved <= on hand", "\(key) has \(row[1] as Int64) on hand and \(row[2] as Int64) reserved")
    }
}

extension Oracle where Self == StockNonNegative {
    public static var stockNonNegative: StockNonNegative { StockNonNegative() }
}
