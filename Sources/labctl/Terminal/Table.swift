/// Rows in aligned columns, with a dim header on a terminal.
///
///     var table = Table("SERVICE", "STATE", right: "PORT")
///     table.add("orders", Terminal.green("running"), "8003")
///     table.show()
struct Table {
    private struct Column {
        let title: String
        let isRight: Bool
    }

    private let columns: [Column]
    private var rows = [[String]]()

    /// - Parameter right: titles of the columns after the others, aligned to the right.
    init(_ titles: String..., right: String...) {
        columns = titles.map { Column(title: $0, isRight: false) } + right.map { Column(title: $0, isRight: true) }
    }

    init(titles: [String]) { columns = titles.map { Column(title: $0, isRight: false) } }

    mutating func add(_ cells: String...) { rows.append(cells) }
    mutating func add(row cells: [String]) { rows.append(cells) }

    /// - Parameter empty: what to say instead of a table without rows.
    func show(empty: String = "nothing") {
        guard !rows.isEmpty else {
            Terminal.line(Terminal.dim(empty))
            return
        }
        let widths = columns.indices.map { index in
            max(Self.width(columns[index].title), rows.map { index < $0.count ? Self.width($0[index]) : 0 }.max() ?? 0)
        }
        Terminal.line(Terminal.dim(format(columns.map(\.title), widths)))
        for row in rows { Terminal.line(format(row, widths)) }
    }

    private func format(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() where index < columns.count {
            let isLast = index == columns.count - 1
            let padding = String(repeating: " ", count: max(0, widths[index] - Self.width(cell)))
            line += columns[index].isRight ? padding + cell : isLast ? cell : cell + padding
            if !isLast { line += "  " }
        }
        guard let limit = Terminal.width, !line.contains("\u{1B}"), line.count > limit else { return line }
        return line.prefix(limit - 1) + "…"
    }

    /// Characters a reader sees: colour codes take no room.
    static func width(_ text: String) -> Int {
        guard text.contains("\u{1B}") else { return text.count }
        var count = 0
        var isCode = false
        for character in text {
            if character == "\u{1B}" { isCode = true } else if isCode { if character == "m" { isCode = false } } else { count += 1 }
        }
        return count
    }
}
