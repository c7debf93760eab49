import Runtime
import ServiceKit
import Synchronization

/// A token whose signature has been checked, with what requests need of it.
final class VerifiedToken: Sendable {
    let principal: Principal
    let tokenID: String
    let expiresAt: Timestamp

    init(principal: Principal, tokenID: String, expiresAt: Timestamp) {
        self.principal = principal
        self.tokenID = tokenID
        self.expiresAt = expiresAt
    }
}

/// Tokens that were verified before, until they expire or are revoked; and the tokens that were revoked.
///
/// A signature costs some 100 µs, a look here well under one. Bounded: two generations of ``generationMax`` tokens; when the newer is
/// full it becomes the older, and the older is forgotten.
final class VerifiedTokens: Sendable {
    static let generationMax = 10_000

    private let state = Mutex(State())

    private struct State {
        var recent = [String: VerifiedToken]()
        var older = [String: VerifiedToken]()
        var revoked = [String: Timestamp]()

        mutating func put(_ verified: VerifiedToken, for key: String) {
            if recent.count >= VerifiedTokens.generationMax {
                older = recent
                recent = [:]
            }
            recent[key] = verified
        }

        mutating func promote(_ key: String) -> VerifiedToken? {
            guard !older.isEmpty, let found = older.removeValue(forKey: key) else { return nil }
            put(found, for: key)
            return found
        }
    }

    /// - Parameter key: the token itself, without the scheme before it.
    func find(_ key: String, now: Timestamp) -> VerifiedToken? {
        state.withLock { state in
            guard let found = state.recent[key] ?? state.promote(key), now < found.expiresAt else { return nil }
            guard state.revoked.isEmpty || state.revoked[found.tokenID] == nil else {
                state.recent[key] = nil
                return nil
            }
            return found
        }
    }

    /// - Returns: false when the token has been revoked.
    func add(_ verified: VerifiedToken, for key: String) -> Bool {
        state.withLock { state in
            guard state.revoked[verified.tokenID] == nil else { return false }
            state.put(verified, for: key)
            return true
        }
    }

    /// From now on the token is refused. What has expired anyway is forgotten now and then.
    func revoke(_ tokenID: String, until expiry: Timestamp, now: Timestamp) {
        guard expiry > now else { return }
        state.withLock { state in
            state.revoked[tokenID] = expiry
            if state.revoked.count % 1024 == 0 { state.revoked = state.revoked.filter { $0.value > now } }
        }
    }
}
