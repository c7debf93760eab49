import Contracts
import Runtime
import ServiceKit
import Synchronization

/// Gives every listener the gateway's verification of access tokens, also those that are built before the gateway, and after it restarts.
final class SharedTokens: TokenVerifying {
    private let verifier = Mutex<(any TokenVerifying)?>(nil)

    func use(_ tokens: any TokenVerifying) { verifier.withLock { $0 = tokens } }

    func principal(bearer token: String, now: Timestamp) throws -> Principal {
        guard let current = verifier.withLock({ $0 }) else {
            throw Problem.unavailable("Access tokens cannot be verified yet.", code: "token_keys_unavailable", retryAfter: .seconds(1))
        }
        return try current.principal(bearer: token, now: now)
    }
}
