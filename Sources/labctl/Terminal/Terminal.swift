import Foundation

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

    static func complain(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    /// Prints and flushes, so that a reader of a pipe sees each line at once.
    static func line(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }
}
