/// Somebody's wish that the lab should end; may be uttered several times.
final class StopRequest: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1)) }

    func request() { continuation.yield() }

    /// For one waiter.
    func wait() async { for await _ in stream { return } }
}
