import Foundation

/// One line on standard error that is written over again and again; nothing when that is no terminal.
final class ProgressLine {
    private static let isOnTerminal = isatty(2) == 1
    private let what: String
    private let began = Date()
    private var shownAt = Date.distantPast
    private var failed = 0

    init(_ what: String) { self.what = what }

    func show(_ done: Int, of count: Int?, isPassed: Bool) {
        if !isPassed { failed += 1 }
        guard Self.isOnTerminal, Date().timeIntervalSince(shownAt) > 0.1 else { return }
        shownAt = Date()
        let rate = Double(done) / max(0.001, shownAt.timeIntervalSince(began))
        let bar = count.map { count -> String in
            let filled = count > 0 ? 20 * done / count : 0
            return String(repeating: "█", count: filled) + String(repeating: "·", count: 20 - filled) + " \(done)/\(count)"
        }
        write("\r\u{1B}[K\(what) \(bar ?? "\(done)")  \(Int(rate))/s\(failed > 0 ? "  \(failed) failed" : "")")
    }

    /// For what is no count.
    func say(_ text: String) {
        guard Self.isOnTerminal, Date().timeIntervalSince(shownAt) > 0.1 else { return }
        shownAt = Date()
        write("\r\u{1B}[K\(what) \(text)")
    }

    func clear() {
        if Self.isOnTerminal { write("\r\u{1B}[K") }
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
