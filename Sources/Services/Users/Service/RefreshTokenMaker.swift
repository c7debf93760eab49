import Crypto
import Foundation

/// Refresh tokens: 32 random bytes that mean nothing by themselves. Only their hash is stored.
struct RefreshTokenMaker: Sendable {
    /// How long one can be used; each refresh gives a new one with the full time.
    static let lifetime = Duration.seconds(14 * 24 * 60 * 60)

    private let bytes: SecureBytes

    init(bytes: SecureBytes) { self.bytes = bytes }

    func make() -> String { "rt_" + bytes.make(32).base64URL }

    /// SHA-256 is enough here: the token has 256 bits of randomness, there is nothing to guess.
    static func hash(_ token: String) -> Data { Data(SHA256.hash(data: Data(token.utf8))) }
}
