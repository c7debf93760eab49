import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Where all log entries of a lab go: the newest in memory, all of them in a file of bounded size, and to watchers.
///
/// A full file is renamed to `<name>.1`, the one before to `<name>.2`, and so on; the oldest is removed. Each entry is one write,
/// so that what was logged before a crash is in the file. When the file cannot be opened or written, entries are still kept in memory,
/// ``droppedWrites`` counts them, which `labctl doctor` shows, and each further entry tries to open it again.
public final class LogSink: Sendable {
    public enum Format: String, Sendable, CaseIterable { case json, readable }

    public struct FileOptions: Sendable {
        public var url: URL
        public var format: Format
        /// Bytes after which the file is changed; 8 MiB by default.
        public var bytesMax: Int
        /// Old files kept beside the current one.
        public var oldFilesMax: Int
        public init(url: URL, format: Format = .json, bytesMax: Int = 8 << 20, oldFilesMax: Int = 3) {
            self.url = url
            self.format = format
            self.bytesMax = bytesMax
            self.oldFilesMax = oldFilesMax
        }
    }

    private struct State {
        var ring = [LogLine]()
        var next = 0
        var descriptor: Int32 = -1
        var bytes = 0
        var droppedWrites = 0
        var lastWatcher = 0
        var watchers = [Int: @Sendable (LogLine) -> Void]()
    }

    private let state = Mutex(State())
    private let linesMax: Int
    private let file: FileOptions?

    /// - Parameters:
    ///   - file: nil keeps entries in memory only, as simulated runs do.
    ///   - linesMax: entries kept in memory.
    public init(file: FileOptions? = nil, linesMax: Int = 5000) {
        precondition(linesMax > 0, "a sink keeps at least one line")
        self.file = file
        self.linesMax = linesMax
        if file != nil { state.withLock { openFile(&$0) } }
    }

    deinit {
        state.withLock { state in
            if state.descriptor >= 0 { close(state.descriptor) }
        }
    }

    /// How many entries are not in the file, or only in part.
    public var droppedWrites: Int { state.withLock { $0.droppedWrites } }

    public func append(_ line: LogLine) {
        let text: String? = file.map { ($0.format == .json ? line.json : line.readable) + "\n" }
        let watchers = state.withLock { state -> [@Sendable (LogLine) -> Void] in
            if state.ring.count < linesMax {
                state.ring.append(line)
            } else {
                state.ring[state.next] = line
            }
            state.next = (state.next + 1) % linesMax
            if let text { writeLine(text, &state) }
            return state.watchers.isEmpty ? [] : state.watchers.sorted { $0.key < $1.key }.map(\.value)
        }
        for watch in watchers { watch(line) }
    }

    /// The newest entries, oldest first.
    public func recent(_ max: Int = 200, where isWanted: (LogLine) -> Bool = { _ in true }) -> [LogLine] {
        let lines = state.withLock { state in
            state.ring.count < linesMax ? state.ring : Array(state.ring[state.next...] + state.ring[..<state.next])
        }
        return Array(lines.filter(isWanted).suffix(max))
    }

    /// Calls `body` for every entry from now on, on the thread that logs; it must not block or log itself.
    /// - Returns: what ``unwatch(_:)`` takes.
    public func watch(_ body: @escaping @Sendable (LogLine) -> Void) -> Int {
        state.withLock { state in
            state.lastWatcher += 1
            state.watchers[state.lastWatcher] = body
            return state.lastWatcher
        }
    }

    package var watchersCount: Int { state.withLock { $0.watchers.count } }

    public func unwatch(_ watcher: Int) { state.withLock { $0.watchers[watcher] = nil } }

    private func writeLine(_ text: String, _ state: inout State) {
        guard let file else { return }
        var text = text
        if state.bytes > 0, state.bytes + text.utf8.count > file.bytesMax { rotate(&state) }
        if state.descriptor < 0 { openFile(&state) }
        guard state.descriptor >= 0 else {
            state.droppedWrites += 1
            return
        }
        let descriptor = state.descriptor
        let written = text.withUTF8 { write(descriptor, $0.baseAddress, $0.count) }
        if written < text.utf8.count { state.droppedWrites += 1 }
        state.bytes += max(0, written)
    }

    private func openFile(_ state: inout State) {
        guard let file else { return }
        // A directory that cannot be made shows as a file that cannot be opened.
        try? FileManager.default.createDirectory(at: file.url.deletingLastPathComponent(), withIntermediateDirectories: true)
        state.descriptor = open(file.url.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        state.bytes = state.descriptor >= 0 ? max(0, Int(lseek(state.descriptor, 0, SEEK_END))) : 0
    }

    private func rotate(_ state: inout State) {
        guard let file else { return }
        if state.descriptor >= 0 { close(state.descriptor) }
        func old(_ number: Int) -> String { "\(file.url.path).\(number)" }
        if file.oldFilesMax == 0 {
            unlink(file.url.path)
        } else {
            unlink(old(file.oldFilesMax))
            for number in stride(from: file.oldFilesMax - 1, through: 1, by: -1) { rename(old(number), old(number + 1)) }
            rename(file.url.path, old(1))
        }
        openFile(&state)
    }
}
