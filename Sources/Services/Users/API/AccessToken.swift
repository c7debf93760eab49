/// What an access token says: the claims of a JWT (RFC 7519), signed with ES256.
///
/// Whoever verifies one must pin the algorithm to ES256 and check issuer, audience and expiry; see the gateway's `AccessTokenVerifier`.
public struct AccessTokenClaims: Codable, Sendable, Hashable {
    public static let issuer = "servicelab/users"
    public static let audience = "servicelab"
    public static let algorithm = "ES256"
    /// How long a token is valid.
    public static let lifetime = Duration.seconds(15 * 60)

    public var iss: String
    public var aud: String
    /// The user's id.
    public var sub: String
    /// Identifies the token; `Session.Revoked.v1` names it.
    public var jti: String
    /// Identifies the session: all tokens that descend from one log-in.
    public var sid: String
    public var roles: [String]
    /// Seconds since 1970.
    public var iat: Int64
    /// Seconds since 1970; void from then on.
    public var exp: Int64

    public init(
        iss: String = AccessTokenClaims.issuer, aud: String = AccessTokenClaims.audience, sub: String, jti: String, sid: String,
        roles: [String], iat: Int64, exp: Int64
    ) {
        self.iss = iss
        self.aud = aud
        self.sub = sub
        self.jti = jti
        self.sid = sid
        self.roles = roles
        self.iat = iat
        self.exp = exp
    }
}

/// Public keys (RFC 7517).
public struct JSONWebKeySet: Codable, Sendable, Hashable {
    public var keys: [JSONWebKey]

    public init(keys: [JSONWebKey]) { self.keys = keys }
}

/// A public key on P-256 (RFC 7518, section 6.2.1).
public struct JSONWebKey: Codable, Sendable, Hashable {
    public var kty: String
    public var crv: String
    /// Coordinates, 32 bytes each in base64url.
    public var x: String
    public var y: String
    public var use: String
    public var alg: String
    /// The key's thumbprint (RFC 7638); the `kid` of tokens signed with it.
    public var kid: String

    public init(kty: String = "EC", crv: String = "P-256", x: String, y: String, use: String = "sig", alg: String = "ES256", kid: String) {
        self.kty = kty
        self.crv = crv
        self.x = x
        self.y = y
        self.use = use
        self.alg = alg
        self.kid = kid
    }
}
