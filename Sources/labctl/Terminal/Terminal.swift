import Foundation
import Synchronization

/// What the terminal can show. No colour when output goes to a file or a pipe, or when `NO_COLOR` is set.
enum Terminal {
    static let isInteractive = isatty(1) == 1
    private static let hasColour = isInteractive && ProcessInfo.processInfo.environment["NO_COLOR"] == nil

    static func dim(_ text: String) -> String { paint("2", text) }
    static func bold(_ text: String) -> String { paint("1", text) }
    static func green(_ text: String) -> String { paint("32", text) }
    static func yellow(_ text: String) -> String { paint("33", text) }
    static func red(_ text: String) -> String { paint("31", text) }

    private static func paint(_ code: String, _ text: String) -> String { hasColour ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }

    /// Columns of the terminal; nil when there is none.
    static var width: Int? {
        guard isInteractive else { return nil }
        var size = winsize()
        guard ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// Characters a reader sees: colour codes take no room.
    static func visibleWidth(_ text: String) -> Int {
        guard text.contains("\u{1B}") else { return text.count }
        var count = 0
        var isCode = false
        for character in text {
            if character == "\u{1B}" { isCode = true } else if isCode { if character == "m" { isCode = false } } else { count += 1 }
        }
        return count
    }

    /// The text, cut to the terminal's width; as it is when there is no terminal.
    static func fit(_ text: String) -> String {
        guard let width, visibleWidth(text) > width else { return text }
        var kept = ""
        var count = 0
        var isCode = false
        for character in text {
            if character == "\u{1B}" { isCode = true }
            if !isCode {
                if count == width - 1 { break }
                count += 1
            }
            kept.append(character)
            if isCode, character == "m" { isCode = false }
        }
        return kept + "…" + (text.contains("\u{1B}") ? "\u{1B}[0m" : "")
    }

    /// A lab in the foreground goes on when nobody reads what it says any more; every other verb has nothing left to do then.
    static let outlivesItsReader = Atomic(false)

    static func complain(_ text: String) { Descriptor.write(Data((text + "\n").utf8), to: 2) }

    /// Prints and flushes, so that a reader of a pipe sees each line at once.
    static func line(_ text: String) {
        let error = Descriptor.write(Data((text + "\n").utf8), to: 1)
        // As if the signal had ended it: 128 + SIGPIPE.
        if error == EPIPE, !outlivesItsReader.load(ordering: .relaxed) { exit(141) }
    }
}
