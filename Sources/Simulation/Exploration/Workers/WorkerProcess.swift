import Foundation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One worker, as its parent sees it: a child made by `fork` that answers one line with one line until its input ends.
final class WorkerProcess {
    let pid: pid_t
    let progress: WorkerProgress
    private(set) var reader: LineReader
    private let commands: Int32
    /// Standard output and error of the child.
    private let words: Int32
    private(set) var jobs = 0
    private var ticksSeen: UInt64 = 0
    private var silence = Stopwatch()
    private var status: Int32?

    /// - Parameter serve: answers a line; called in the child only.
    init(_ serve: (Data, WorkerProgress) -> Data) throws {
        var down: [Int32] = [0, 0]
        var up: [Int32] = [0, 0]
        guard pipe(&down) == 0 else { throw WorkerFailure("no pipe for a worker: \(String(cString: strerror(errno)))") }
        guard pipe(&up) == 0 else {
            close(down[0])
            close(down[1])
            throw WorkerFailure("no pipe for a worker: \(String(cString: strerror(errno)))")
        }
        words = try Self.unnamedFile()
        let progress = WorkerProgress()
        let pid = Fork.fork()
        if pid == 0 {
            Self.work(commands: down[0], answers: up[1], words: words, progress, serve)
        }
        close(down[0])
        close(up[1])
        guard pid > 0 else {
            for descriptor in [down[1], up[0], words] { close(descriptor) }
            throw WorkerFailure("a worker process cannot be started: \(String(cString: strerror(errno)))")
        }
        // Other children must not keep this one's pipes open, nor may programs that somebody else starts.
        for descriptor in [down[1], up[0], words] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(up[0], F_SETFL, O_NONBLOCK)
        commands = down[1]
        reader = LineReader(descriptor: up[0])
        self.progress = progress
        self.pid = pid
    }

    deinit {
        for descriptor in [commands, reader.descriptor, words] { close(descriptor) }
    }

    /// The child's whole life.
    private static func work(
        commands: Int32, answers: Int32, words: Int32, _ progress: WorkerProgress, _ serve: (Data, WorkerProgress) -> Data
    ) -> Never {
        Fork.tellStackOnTrap()
        Fork.endWithParent()
        ForeignWork.dropInChild()
        Fork.closeDescriptors(from: 3, except: [commands, answers, words])
        // Ctrl-C goes to the whole group: the parent decides what becomes of its children.
        signal(SIGINT, SIG_IGN)
        signal(SIGTERM, SIG_DFL)
        signal(SIGPIPE, SIG_IGN)
        dup2(words, STDOUT_FILENO)
        dup2(words, STDERR_FILENO)
        var reader = LineReader(descriptor: commands)
        while !reader.isAtEnd {
            reader.fill()
            while let line = reader.line() {
                // How the parent says that it is enough: the end of the pipe may be held open by a sister that was forked meanwhile.
                if line.isEmpty { _exit(0) }
                ftruncate(words, 0)
                lseek(words, 0, SEEK_SET)
                progress.begin()
                guard LineWriter.write(serve(line, progress), to: answers) else { _exit(0) }
            }
        }
        _exit(0)
    }

    /// - Returns: false when the child is no longer there.
    func send(_ line: Data) -> Bool {
        jobs += 1
        silence = Stopwatch()
        ticksSeen = progress.ticks
        return LineWriter.write(line, to: commands)
    }

    /// Reads what is there; the next whole line, if that completes one.
    func receive() -> Data? {
        if let line = reader.line() { return line }
        reader.fill()
        return reader.line()
    }

    var isAtEnd: Bool { reader.isAtEnd }

    /// Real seconds since it last showed progress.
    func silentSeconds() -> Double {
        let ticks = progress.ticks
        if ticks != ticksSeen {
            ticksSeen = ticks
            silence = Stopwatch()
        }
        return silence.seconds
    }

    /// Lets it end after the line in hand.
    func retire() {
        guard status == nil else { return }
        guard LineWriter.write(Data(), to: commands) else { return kill() }
        let patience = Stopwatch()
        while patience.seconds < 1, !hasEnded() { patience.nap() }
        kill()
    }

    func kill() {
        guard status == nil else { return }
        _ = Self.send(pid, SIGKILL)
        _ = reap()
    }

    /// What became of a child whose answers have ended.
    func loss() -> WorkerLoss {
        let status = reap()
        let last = LastWords(wordsText)
        return WorkerLoss(
            kind: .trapped, how: WorkerLoss.text(ofStatus: status), place: progress.text, said: last.said, frames: last.frames,
            choices: progress.choices)
    }

    /// Asks it for its stack, then ends it.
    func endAsHung(after seconds: Double) -> WorkerLoss {
        _ = Self.send(pid, Fork.tellSignal)
        let patience = Stopwatch()
        while patience.seconds < 1, !hasEnded() { patience.nap() }
        kill()
        let last = LastWords(wordsText)
        let time = seconds == 1 ? "1 real second" : "\(seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)") real seconds"
        return WorkerLoss(
            kind: .hung, how: "no progress for \(time): a thread that blocks, or a loop without an end", place: progress.text,
            said: last.said, frames: last.frames, choices: progress.choices)
    }

    /// Whether the process is gone. The end of its answers is not always seen: a sister may hold the pipe open.
    func hasEnded() -> Bool {
        if status != nil { return true }
        var state: Int32 = 0
        guard waitpid(pid, &state, WNOHANG) == pid else { return false }
        status = state
        return true
    }

    private func reap() -> Int32 {
        if let status { return status }
        var state: Int32 = 0
        while waitpid(pid, &state, 0) < 0, errno == EINTR {}
        status = state
        return state
    }

    private var wordsText: String {
        let size = min(1 << 16, Int(lseek(words, 0, SEEK_END)))
        guard size > 0 else { return "" }
        var bytes = [UInt8](repeating: 0, count: size)
        let count = pread(words, &bytes, size, 0)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    private static func unnamedFile() throws -> Int32 {
        var template = Array("\(NSTemporaryDirectory())/simulation-worker-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw WorkerFailure("no temporary file for a worker: \(String(cString: strerror(errno)))") }
        unlink(template)
        return descriptor
    }

    private static func send(_ pid: pid_t, _ number: Int32) -> Int32 {
        #if canImport(Glibc)
            Glibc.kill(pid, number)
        #else
            Darwin.kill(pid, number)
        #endif
    }

    /// Whether the line that was sent last has been taken up.
    var hasBegun: Bool { progress.begun == UInt64(jobs) }
}

/// Why no worker could be started.
public struct WorkerFailure: Error, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
