/// Names of the tables, and the statements that count into them: once for the live tables, once for those of a rebuild.
/// Texts are made once, so that every event finds its statements prepared.
struct AnalyticsTables: Sendable {
    let activity: String
    let money: String
    let item: String

    static let live = AnalyticsTables(prefix: "analytics_")
    static let shadow = AnalyticsTables(prefix: "analytics_shadow_")

    var all: [String] { [activity, money, item] }

    /// Arguments: time of the event, its minute, units.
    let countEvent: String
    private let countActivity: [EventFigures.Activity: String]
    /// Arguments: currency, minute, amount.
    private let countMoney: [EventFigures.Amount: String]
    /// Arguments: item, currency, product id, name, order id, units, value.
    let countLine: String

    func count(_ kind: EventFigures.Activity?) -> String { kind.flatMap { countActivity[$0] } ?? countEvent }
    func count(_ amount: EventFigures.Amount) -> String {
        guard let sql = countMoney[amount] else { preconditionFailure("no statement for \(amount)") }
        return sql
    }

    private init(prefix: String) {
        let activity = prefix + "activity"
        let money = prefix + "money"
        let item = prefix + "item"
        self.activity = activity
        self.money = money
        self.item = item

        func countActivity(_ column: String?) -> String {
            let name = column.map { ", \($0)" } ?? ""
            let one = column == nil ? "" : ", 1"
            let add = column.map { ", \($0) = \($0) + 1" } ?? ""
            return """
                INSERT INTO \(activity)(bucket, events, last_event_at, units\(name)) VALUES (0, 1, ?1, ?3\(one)), (?2, 1, ?1, ?3\(one))
                ON CONFLICT(bucket) DO UPDATE SET
                  events = events + 1, last_event_at = max(last_event_at, excluded.last_event_at), units = units + excluded.units\(add)
                """
        }
        countEvent = countActivity(nil)
        self.countActivity = Dictionary(uniqueKeysWithValues: EventFigures.Activity.allCases.map { ($0, countActivity($0.rawValue)) })

        countMoney = Dictionary(
            uniqueKeysWithValues: EventFigures.Amount.allCases.map { amount in
                let column = amount.rawValue
                let isConfirmed = amount == .confirmed_minor
                let name = isConfirmed ? ", confirmed_orders" : ""
                let one = isConfirmed ? ", 1" : ""
                let add = isConfirmed ? ", confirmed_orders = confirmed_orders + 1" : ""
                return (
                    amount,
                    """
                    INSERT INTO \(money)(currency, bucket, \(column)\(name)) VALUES (?1, 0, ?3\(one)), (?1, ?2, ?3\(one))
                    ON CONFLICT(currency, bucket) DO UPDATE SET \(column) = \(column) + excluded.\(column)\(add)
                    """
                )
            })

        // The name is the one of the youngest order, whatever the order of arrival: so every replay gives the same row.
        countLine = """
            INSERT INTO \(item)(item, currency, product_id, name, named_by, units, lines, value_minor) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7)
            ON CONFLICT(item, currency) DO UPDATE SET
              units = units + excluded.units, lines = lines + 1, value_minor = value_minor + excluded.value_minor,
              name = CASE WHEN excluded.named_by > named_by THEN excluded.name ELSE name END,
              named_by = max(named_by, excluded.named_by)
            """
    }
}
