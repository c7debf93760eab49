/// Told what an outbox relay does, for metrics and health. Called on the instance's lane; must not block.
public protocol RelayObserver: Sendable {
    /// A batch is durable in the log.
    func relayed(messages: Int)
    /// The bus refuses; called once for each new reason.
    func stalled(_ reason: String)
    func resumed()
}

extension RelayObserver {
    public func stalled(_ reason: String) {}
    public func resumed() {}
}
