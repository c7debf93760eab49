import Runtime

extension SimulatedLab {
    /// Asks oracles what they think of the lab as it is now, as they would be asked at the end of a run. Settle first.
    ///
    ///     try await lab.settle()
    ///     try lab.check(.moneyConserved, .stockNonNegative)
    ///
    /// - Throws: ``Violation``.
    public func check(_ oracles: any Oracle...) throws {
        readers.close()
        try Jury(oracles, view(healedAt: run.now)).settled()
    }

    /// What oracles see, read from the files anew, for a look of one's own. Valid for as long as `body` runs.
    public func look<T>(_ body: (LabView) throws -> T) throws -> T {
        readers.close()
        return try body(view(healedAt: run.now))
    }
}
