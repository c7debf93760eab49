import Contracts
import Foundation
import Logging
import Messaging
import Runtime
import ServiceKit
import Storage
import Synchronization
import UsersAPI

/// Says who a bearer token belongs to: a look at the tokens verified before, else a check of the signature.
///
/// The public keys come from the users service (`/.well-known/jwks.json`), when the gateway starts and again when a token names a key
/// that is not known, at most once in ten seconds. Until they are there, tokens are refused with 503 `token_keys_unavailable`.
final class TokenGate: TokenVerifying {
    private let world: World
    private let users: ServiceClient<UsersAPI>
    private let logger: Logger
    private let verified = VerifiedTokens()
    private let keys = Mutex(Keys())

    private struct Keys {
        var verifier: AccessTokenVerifier?
        var askedAt: Timestamp?
    }

    init(world: World, users: ServiceClient<UsersAPI>, logger: Logger) {
        self.world = world
        self.users = users
        self.logger = logger
    }

    /// - Throws: ``Problem`` 401 as ``AccessTokenVerifier/verify(_:now:)`` says, or `token_revoked`; 503 `token_keys_unavailable`.
    func principal(bearer token: String, now: Timestamp) throws -> Principal {
        if let known = verified.find(token, now: now) { return known.principal }
        guard let verifier = keys.withLock({ $0.verifier }) else {
            throw Problem.unavailable(
                "The keys for access tokens have not been read yet.", code: "token_keys_unavailable", retryAfter: .seconds(1))
        }
        let claims = try verifier.verify(token, now: now)
        let found = VerifiedToken(
            principal: Principal(userID: claims.sub, roles: Set(claims.roles), tokenID: claims.jti), tokenID: claims.jti,
            expiresAt: Timestamp(seconds: claims.exp))
        guard verified.add(found, for: token) else {
            throw Problem.unauthorized(code: "token_revoked", detail: "This access token has been revoked; log in again.")
        }
        return found.principal
    }

    /// Takes effect when the row is committed.
    func revoke(_ revoked: SessionRevoked, in tx: StoreTransaction) throws {
        guard revoked.expires_at > tx.now else { return }
        try RevokedTokenTable.insert(revoked, in: tx)
        let now = tx.now
        tx.afterCommit { self.verified.revoke(revoked.token_id, until: revoked.expires_at, now: now) }
    }

    func load(_ revoked: [SessionRevoked]) {
        let now = world.now
        for token in revoked { verified.revoke(token.token_id, until: token.expires_at, now: now) }
    }

    /// Whether asking for the keys may help: there are none, or the token was refused for its key; and nobody has asked just now.
    func shouldLoadKeys(after refusal: (any Error)?) -> Bool {
        guard let code = (refusal as? Problem)?.code, code == "token_keys_unavailable" || code == "token_key_unknown" else { return false }
        let now = world.now
        return keys.withLock { keys in
            let interval = keys.verifier == nil ? Duration.milliseconds(500) : .seconds(10)
            if let askedAt = keys.askedAt, now < askedAt + interval { return false }
            keys.askedAt = now
            return true
        }
    }

    /// Asks the users service. Without an answer everything stays as it is: a lab need not have users.
    func loadKeys() async {
        do {
            let set = try await users.call(UsersAPI.keys, body: NoBody(), cause: Cause(correlationID: world.makeID()))
            let verifier = try await AccessTokenVerifier(set)
            keys.withLock { $0.verifier = verifier }
        } catch {
            logger.debug("the keys for access tokens cannot be read yet", metadata: ["error": "\(error)"])
        }
    }
}
