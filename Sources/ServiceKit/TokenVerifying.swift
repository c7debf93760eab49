import Runtime

/// Checks access tokens. The gateway's service implements it; every network listener is given one.
public protocol TokenVerifying: Sendable {
    /// - Throws: ``Contracts/Problem`` 401 with code `token_invalid`, `token_expired` or `token_revoked`.
    func principal(bearer token: String, now: Timestamp) throws -> Principal
}
