/// Rows in aligned columns, with a dim header on a terminal. On a terminal no line is longer than it: put long texts last.
///
///     var table = Table("SERVICE", "STATE", ">PORT", "LAST FAILURE")      // > aligns to the right
///     table.add("orders", Terminal.green("running"), "8003", "-")
///     table.show()
struct Table {
    private struct Column {
        let title: String
        let isRight: Bool

        init(_ title: String) {
            isRight = title.hasPrefix(">")
            self.title = isRight ? String(title.dropFirst()) : title
        }
    }

    private let columns: [Column]
    private var rows = [[String]]()

    init(_ titles: String...) { columns = titles.map(Column.init) }
    init(titles: [String]) { columns = titles.map(Column.init) }

    mutating func add(_ cells: String...) { rows.append(cells) }
    mutating func add(row cells: [String]) { rows.append(cells) }

    /// - Parameter empty: what to say instead of a table without rows.
    func show(empty: String = "nothing") {
        guard !rows.isEmpty else {
            Terminal.line(Terminal.dim(empty))
            return
        }
        let widths = columns.indices.map { index in
            max(columns[index].title.count, rows.map { index < $0.count ? Terminal.visibleWidth($0[index]) : 0 }.max() ?? 0)
        }
        Terminal.line(Terminal.fit(Terminal.dim(format(columns.map(\.title), widths))))
        for row in rows { Terminal.line(Terminal.fit(format(row, widths))) }
    }

    private func format(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() where index < columns.count {
            let padding = String(repeating: " ", count: max(0, widths[index] - Terminal.visibleWidth(cell)))
            line += columns[index].isRight ? padding + cell : cell + padding
            if index < columns.count - 1 { line += "  " }
        }
        while line.last == " " { line.removeLast() }
        return line
    }
}
