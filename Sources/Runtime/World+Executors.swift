extension World {
    /// Starts a task on `executor` instead of the lane: on the event loop that a request came in on, so that answering it needs no other
    /// thread. Without an executor, and in simulated worlds, it starts on the lane like any other task.
    public func spawn<Success: Sendable>(
        on executor: (any TaskExecutor)?, _ operation: @escaping @Sendable () async throws -> Success
    ) -> Task<Success, any Error> {
        Task(executorPreference: isSimulated ? lane : executor ?? lane, operation: operation)
    }
}
