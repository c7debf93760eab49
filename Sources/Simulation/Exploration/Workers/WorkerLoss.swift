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
        let lines = text.split(separator: "\n").suffix(400)
        let words = lines.filter { !Self.isStack($0) && !Self.isOfRuntimeStack($0) }
        said = words.isEmpty ? nil : words.suffix(Self.linesMax).joined(separator: "\n")
        frames = Self.frames(ofStack: lines.filter(Self.isStack).map(String.init))
    }

    private static let linesMax = 6
    private static let framesMax = 8
    private static let frameCharactersMax = 160

    private static func isStack(_ line: Substring) -> Bool { line.hasSuffix("]") && line.contains("[0x") && line.contains("(") }

    /// Of the stack that Swift's runtime writes itself: `38   libswiftCore.so  0x00007f209d6cde60 <unavailable> + 466528`.
    private static func isOfRuntimeStack(_ line: Substring) -> Bool {
        if line.hasPrefix("Current stack trace:") { return true }
        let words = line.split(separator: " ", maxSplits: 3)
        return words.count > 2 && Int(words[0]) != nil && words[2].hasPrefix("0x")
    }

    /// A text with the stack in it by names.
    static func named(_ text: String) -> String {
        let lines = text.split(separator: "\n")
        guard let first = lines.firstIndex(where: isStack) else { return text }
        let frames = frames(ofStack: lines.filter(isStack).map(String.init)).map { "  at \($0)" }
        let rest = lines[first...].filter { !isStack($0) }.map(String.init)
        return (lines[..<first].map(String.init) + frames + rest).joined(separator: "\n")
    }

    /// The innermost frames that are not the runtime's nor the harness's, as readable text.
    /// - Parameter stack: lines such as `/path/labctl($s…+0x1f)[0x…]`, or `/path/labctl(+0x1f)[0x…]` for what the program does not export.
    static func frames(ofStack stack: [String]) -> [String] {
        let places = stack.compactMap(Place.init)
        let unnamed = places.filter { $0.symbol.isEmpty && $0.isOwn }.compactMap(\.offset)
        let names = ExecutableSymbols.names(of: Array(Set(unnamed)))
        var frames = [String]()
        for place in places {
            let symbol = place.symbol.isEmpty && place.isOwn ? place.offset.flatMap { names[$0] } ?? "" : place.symbol
            guard symbol.hasPrefix("$s"), !place.isRuntime else { continue }
            let name = demangled(symbol)
            // From here on outwards it is the harness that called.
            if ["Simulation.(Stage", "Simulation.Simulator"].contains(where: name.contains) { break }
            guard let name = readable(name), name != frames.last else { continue }
            frames.append(name.count > frameCharactersMax ? name.prefix(frameCharactersMax) + "…" : name)
            if frames.count == framesMax { break }
        }
        return frames
    }

    /// One line of a stack.
    private struct Place {
        let library: Substring
        let symbol: String
        /// From the symbol, or without one from where the library was loaded.
        let offset: UInt64?

        init?(_ line: String) {
            guard let open = line.firstIndex(of: "("), let close = line[open...].firstIndex(of: ")") else { return nil }
            library = line[..<open].split(separator: "/").last ?? ""
            let parts = line[line.index(after: open)..<close].split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
            symbol = String(parts[0])
            offset = parts.count > 1 && parts[1].hasPrefix("0x") ? UInt64(parts[1].dropFirst(2), radix: 16) : nil
        }

        var isRuntime: Bool { ["libswift", "libc.", "libdispatch", "libFoundation"].contains { library.hasPrefix($0) } }
        var isOwn: Bool { CommandLine.arguments.first.map { $0.split(separator: "/").last == library } ?? false }
    }

    /// Without the words of the compiler; nil for the harness itself, which is under everything.
    private static func readable(_ name: String) -> String? {
        for own in [
            "Simulation.Fork", "Simulation.Worker", "Simulation.RunRequest", "Simulation.ForeignWork", "Simulation.RunPool",
            "Runtime.Simulated", "Runtime.EscapeDetector", "Swift.UnownedJob.runSynchronously",
        ] where name.contains(own) { return nil }
        if ["reabstraction thunk", "partial apply", "thunk for", "merged "].contains(where: name.contains) { return nil }
        // What follows a suspension is a function of its own.
        return name.range(of: "resume partial function for ").map { String(name[$0.upperBound...]) } ?? name
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
