import Foundation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// How a worker was lost in the middle of a run.
public struct WorkerLoss: Error, Codable, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: String, Codable, Sendable {
        /// The process ended: a trap, a fatal signal, an exit.
        case trapped
        /// It made no progress for too long and was killed: a thread that blocks, a loop without an end.
        case hung
    }

    public var kind: Kind
    /// `SIGILL`, `SIGKILL after 20 s without progress`, `exit code 3`.
    public var how: String
    /// The latest event of the run; nil when it had none.
    public var place: String?
    /// What the process said last, such as Swift's own "Fatal error: Index out of range".
    public var said: String?
    /// The innermost frames of its stack that are not the runtime's, demangled.
    public var frames: [String]
    /// What the run had chosen; nil when that was too much to keep.
    public var choices: [Choice]?

    public var description: String {
        var lines = [how]
        if let said { lines.append(said) }
        lines.append(place.map { "the latest event: \($0)" } ?? "before its first event")
        lines += frames.map { "  at \($0)" }
        return lines.joined(separator: "\n")
    }

    static func signalName(_ number: Int32) -> String {
        let names: [Int32: String] = [
            SIGILL: "SIGILL (illegal instruction: how Swift traps)", SIGTRAP: "SIGTRAP (how Swift traps)", SIGABRT: "SIGABRT (abort)",
            SIGBUS: "SIGBUS (bus error)", SIGFPE: "SIGFPE (arithmetic)", SIGSEGV: "SIGSEGV (bad address, or a stack that is used up)",
            SIGKILL: "SIGKILL", SIGTERM: "SIGTERM", SIGINT: "SIGINT",
        ]
        return names[number] ?? "signal \(number)"
    }

    /// - Parameter status: as `waitpid` gives it.
    static func text(ofStatus status: Int32) -> String {
        let signal = status & 0x7F
        return signal == 0 ? "it exited with code \((status >> 8) & 0xFF)" : "it was ended by \(signalName(signal))"
    }
}

/// What a lost worker left on its standard error: words, and the frames that `Fork.tellStackOnTrap` wrote.
struct LastWords {
    var said: String?
    var frames: [String]

    init(_ text: String) {
        var words = [String]()
        var frames = [String]()
        for line in text.split(separator: "\n").suffix(400) {
            if let frame = Self.frame(ofSymbols: String(line)) {
                frames.append(frame)
            } else if !Self.isStack(line) {
                words.append(String(line))
            }
        }
        said = words.isEmpty ? nil : words.suffix(Self.linesMax).joined(separator: "\n")
        self.frames = Array(frames.prefix(Self.framesMax))
    }

    private static let linesMax = 6
    private static let framesMax = 8

    private static func isStack(_ line: Substring) -> Bool { line.hasSuffix("]") && line.contains("[0x") && line.contains("(") }

    /// `/path/labctl($s…+0x1f)[0x…]` as readable text; nil for what is the runtime's or has no name.
    static func frame(ofSymbols line: String) -> String? {
        guard let open = line.firstIndex(of: "("), let close = line[open...].firstIndex(where: { $0 == ")" || $0 == "+" })
        else { return nil }
        let symbol = String(line[line.index(after: open)..<close])
        let library = line[..<open].split(separator: "/").last.map(String.init) ?? ""
        guard symbol.hasPrefix("$s"), !library.hasPrefix("libswift"), !library.hasPrefix("libc."), !library.hasPrefix("libdispatch") else {
            return nil
        }
        let name = demangled(symbol)
        // The harness itself is under everything.
        for own in [
            "Simulation.Fork", "Simulation.Worker", "Simulation.Simulator", "Simulation.RunRequest", "Simulation.ForeignWork",
            "Runtime.Simulated",
        ] where name.contains(own) { return nil }
        return name
    }

    static func demangled(_ symbol: String) -> String {
        typealias Demangle =
            @convention(c) (
                UnsafePointer<CChar>, Int, UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<Int>?, UInt32
            ) -> UnsafeMutablePointer<CChar>?
        guard let demangle = Fork.function("swift_demangle", as: Demangle.self), let text = demangle(symbol, symbol.utf8.count, nil, nil, 0)
        else {
            return symbol
        }
        defer { free(text) }
        return String(cString: text)
    }
}
