import Foundation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Lines of text over a pipe.
struct LineReader {
    let descriptor: Int32
    private var buffer = [UInt8]()
    /// How much of the buffer is known to hold no end of line.
    private var searched = 0
    private(set) var isAtEnd = false

    init(descriptor: Int32) { self.descriptor = descriptor }

    /// Reads once; blocks when the descriptor does and nothing is there.
    mutating func fill() {
        let size = 1 << 16
        let count = withUnsafeTemporaryAllocation(byteCount: size, alignment: 1) { memory in
            var count: Int
            repeat { count = read(descriptor, memory.baseAddress!, size) } while count < 0 && errno == EINTR
            if count > 0 { buffer.append(contentsOf: memory[..<count]) }
            return count
        }
        if count == 0 || (count < 0 && errno != EAGAIN) { isAtEnd = true }
    }

    /// The next whole line that has been read, without its end.
    mutating func line() -> Data? {
        guard let end = buffer[searched...].firstIndex(of: 0x0A) else {
            searched = buffer.count
            return nil
        }
        let line = Data(buffer[..<end])
        buffer.removeFirst(end + 1)
        searched = 0
        return line
    }
}

enum LineWriter {
    /// - Returns: false when nobody reads any more.
    static func write(_ line: Data, to descriptor: Int32) -> Bool {
        var line = line
        line.append(0x0A)
        return withoutBrokenPipe { write(all: line, to: descriptor) }
    }

    /// Does `body` while a pipe that nobody reads is an error and no signal: the program is somebody else's, a test runner for example, and
    /// its handling of SIGPIPE is left alone.
    private static func withoutBrokenPipe<T>(_ body: () -> T) -> T {
        var (broken, before, pending) = (sigset_t(), sigset_t(), sigset_t())
        sigemptyset(&broken)
        sigaddset(&broken, SIGPIPE)
        sigemptyset(&pending)
        sigpending(&pending)
        let wasPending = sigismember(&pending, SIGPIPE) == 1
        pthread_sigmask(SIG_BLOCK, &broken, &before)
        defer {
            // The signal of a write goes to the thread that wrote: taken back here, before the thread hears of it.
            sigpending(&pending)
            if !wasPending, sigismember(&pending, SIGPIPE) == 1 {
                var number: Int32 = 0
                sigwait(&broken, &number)
            }
            pthread_sigmask(SIG_SETMASK, &before, nil)
        }
        return body()
    }

    private static func write(all line: Data, to descriptor: Int32) -> Bool {
        line.withUnsafeBytes { bytes in
            var sent = 0
            while sent < bytes.count {
                #if canImport(Glibc)
                    let count = Glibc.write(descriptor, bytes.baseAddress! + sent, bytes.count - sent)
                #else
                    let count = Darwin.write(descriptor, bytes.baseAddress! + sent, bytes.count - sent)
                #endif
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }
    }
}
