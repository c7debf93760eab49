import Dispatch
import Foundation

/// SIGINT and SIGTERM, in order: the first asks for a graceful end, a later one ends the process at once.
final class TerminationSignals: @unchecked Sendable {
    // Unchecked: the sources are set up once and thread safe by themselves.
    private let stream: AsyncStream<Int32>
    private let continuation: AsyncStream<Int32>.Continuation
    private let sources: [any DispatchSourceSignal]

    init() {
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self, bufferingPolicy: .bufferingOldest(8))
        self.stream = stream
        self.continuation = continuation
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global(qos: .userInitiated))
            source.setEventHandler { continuation.yield(number) }
            source.resume()
            return source
        }
    }

    /// Returns with the first signal, or when the task is cancelled.
    func first() async {
        for await _ in stream { return }
    }

    /// From now on a signal does what it does to any program.
    func endAtNext() {
        for source in sources { source.setEventHandler { _exit(130) } }
    }
}
