import GRDB

/// A WHERE clause of conditions that may be absent. Columns are constants of this target; values are always arguments.
struct SQLFilter {
    private var conditions = [String]()
    private(set) var arguments = StatementArguments()

    mutating func and(_ condition: String) { conditions.append(condition) }

    mutating func equals(_ column: String, _ value: (any DatabaseValueConvertible)?) {
        guard let value else { return }
        conditions.append("\(column) = ?")
        arguments += [value]
    }

    mutating func below(_ column: String, _ value: Int64?) {
        guard let value else { return }
        conditions.append("\(column) < ?")
        arguments += [value]
    }

    var clause: String { conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ") }
}
