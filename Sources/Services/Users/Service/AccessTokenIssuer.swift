import Contracts
import Crypto
import Foundation
import JWTKit
import Runtime
import UsersAPI

/// Signs access tokens (JWT, ES256).
///
/// A signature is random: nothing of it may be stored or published, or a seed would not give one history.
struct AccessTokenIssuer: Sendable {
    private let key: SigningKey
    private let keys = JWTKeyCollection()

    init(key: SigningKey) { self.key = key }

    var publicKeys: JSONWebKeySet { JSONWebKeySet(keys: [key.publicJWK]) }

    /// Call it once, before the first ``sign(_:)``.
    func load() async throws {
        await keys.add(
            ecdsa: try ES256PrivateKey(backing: key.privateKey), kid: JWKIdentifier(string: key.publicJWK.kid))
    }

    func sign(_ claims: AccessTokenClaims) async throws -> String {
        try await keys.sign(SignedClaims(claims: claims), kid: JWKIdentifier(string: key.publicJWK.kid))
    }

    /// The claims of a token that this service signed; expiry is not looked at: a session may be ended with a token that is just void.
    /// - Throws: ``Problem`` 401 `token_invalid`.
    func claims(of token: String) throws -> AccessTokenClaims {
        do {
            let parsed = try DefaultJWTParser().parse(Data(token.utf8), as: SignedClaims.self)
            guard parsed.header.alg == AccessTokenClaims.algorithm, let dot = token.utf8.lastIndex(of: UInt8(ascii: ".")) else {
                throw invalid
            }
            let signature = try P256.Signing.ECDSASignature(rawRepresentation: parsed.signature)
            guard key.privateKey.publicKey.isValidSignature(signature, for: Data(token.utf8[..<dot])) else { throw invalid }
            return parsed.payload.claims
        } catch {
            throw invalid
        }
    }

    private var invalid: Problem { .unauthorized(code: "token_invalid", detail: "This access token was not signed here.") }

    private struct SignedClaims: JWTPayload {
        let claims: AccessTokenClaims

        init(claims: AccessTokenClaims) { self.claims = claims }
        init(from decoder: any Decoder) throws { claims = try AccessTokenClaims(from: decoder) }
        func encode(to encoder: any Encoder) throws { try claims.encode(to: encoder) }
        func verify(using algorithm: some JWTAlgorithm) async throws {}
    }
}
