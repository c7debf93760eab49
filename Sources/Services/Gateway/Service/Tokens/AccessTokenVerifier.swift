import Contracts
import Foundation
import JWTKit
import Runtime
import ServiceKit
import UsersAPI

/// Verifies access tokens against the users service's public keys (JWT, ES256), without waiting for anything.
///
/// The algorithm is pinned: what the token's header says is compared with ES256, never used to choose a check. `alg: none`, HMAC with the
/// public key as its secret, and keys that the token brings along (`jwk`, `jku`, `x5c`) are all refused by that and by the key lookup.
struct AccessTokenVerifier: Sendable {
    /// By `kid`.
    private let keys: [String: any JWTAlgorithm]
    private let parser = DefaultJWTParser()

    init(_ set: JSONWebKeySet) async throws {
        var keys = [String: any JWTAlgorithm]()
        for key in set.keys where key.kty == "EC" && key.crv == "P-256" && key.alg == AccessTokenClaims.algorithm {
            let collection = JWTKeyCollection()
            let kid = JWKIdentifier(string: key.kid)
            await collection.add(ecdsa: try ES256PublicKey(parameters: (key.x, key.y)), kid: kid)
            keys[key.kid] = try await collection.getKey(for: kid)
        }
        self.keys = keys
    }

    func knows(kid: String) -> Bool { keys[kid] != nil }

    /// - Throws: ``Problem`` 401 with a code that says what is wrong: `token_malformed`, `token_algorithm`, `token_key_unknown`,
    ///   `token_signature`, `token_issuer`, `token_expired`.
    func verify(_ token: String, now: Timestamp) throws -> AccessTokenClaims {
        guard token.utf8.count <= 4096 else { throw Self.problem("token_malformed", "The access token is longer than 4096 bytes.") }
        let bytes = Data(token.utf8)
        let parsed: (header: JWTHeader, payload: Claims, signature: Data)
        do {
            parsed = try parser.parse(bytes, as: Claims.self)
        } catch {
            throw Self.problem("token_malformed", "The access token cannot be read.")
        }
        guard parsed.header.alg == AccessTokenClaims.algorithm else {
            throw Self.problem("token_algorithm", "Access tokens are signed with \(AccessTokenClaims.algorithm), nothing else.")
        }
        guard let kid = parsed.header.kid, let key = keys[kid] else {
            throw Self.problem("token_key_unknown", "The access token names a key that this lab does not have.")
        }
        guard let dot = bytes.lastIndex(of: UInt8(ascii: ".")), Self.isSigned(bytes[..<dot], parsed.signature, key) else {
            throw Self.problem("token_signature", "The access token's signature is wrong.")
        }
        let claims = parsed.payload.claims
        guard claims.iss == AccessTokenClaims.issuer, claims.aud == AccessTokenClaims.audience else {
            throw Self.problem("token_issuer", "The access token was made by or for somebody else.")
        }
        guard now < Timestamp(seconds: claims.exp) else {
            throw Self.problem("token_expired", "The access token has expired; use the refresh token.")
        }
        return claims
    }

    private static func isSigned(_ text: Data, _ signature: Data, _ key: any JWTAlgorithm) -> Bool {
        do {
            return try key.verify(signature, signs: text)
        } catch {
            return false  // a signature of the wrong form is a wrong signature
        }
    }

    static func problem(_ code: String, _ detail: String) -> Problem { .unauthorized(code: code, detail: detail) }

    private struct Claims: JWTPayload {
        let claims: AccessTokenClaims

        init(from decoder: any Decoder) throws { claims = try AccessTokenClaims(from: decoder) }
        func encode(to encoder: any Encoder) throws { try claims.encode(to: encoder) }
        func verify(using algorithm: some JWTAlgorithm) async throws {}
    }
}
