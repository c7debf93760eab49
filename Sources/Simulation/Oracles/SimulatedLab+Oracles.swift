import Runtime

extension SimulatedLab {
    /// Asks oracles what they think of the lab as it is now, as they would be asked at the end of a run. Settle first.
    ///
    ///     try await lab.settle()
    ///     try lab.check(.moneyConserved, .stockNonNegative)
    ///
    /// - Throws: ``Violation``.
    public func check(_ oracles: any Oracle...) throws {
        let stores = StoreReaders(stores)
        defer { stores.close() }
        try Jury(oracles, view(stores, healedAt: run.now)).settled()
    }

    /// What oracles see, for a look of one's own. Valid for as long as `body` runs.
    public func look<T>(_ body: (LabView) throws -> T) throws -> T {
        let stores = StoreReaders(stores)
        defer { stores.close() }
        return try body(view(stores, healedAt: run.now))
    }
}
