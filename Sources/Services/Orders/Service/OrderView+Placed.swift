import OrdersAPI
import Runtime

extension OrderView {
    /// An order just placed, without asking the tables.
    init(_ placed: PlacedOrder, id: Int64, at: Timestamp) {
        self.init(id: id, user_id: placed.user, status: .pending, version: 1, created_at: at, updated_at: at)
        switch placed.form {
        case .lines:
            currency = placed.currency
            total = OrderMoney.decimal(placed.totalMinor, placed.currency)
            lines = placed.lines.map { line in
                OrderTables.Item(productID: line.product_id, name: line.item ?? "", quantity: line.quantity, unitMinor: line.unit_minor)
                    .view(currency: placed.currency)
            }
        case .item:
            item = placed.lines.first?.item
            amount = placed.amount
        case .plain:
            amount = placed.amount
            currency = placed.currency
            total = OrderMoney.decimal(placed.totalMinor, placed.currency)
        }
    }
}
