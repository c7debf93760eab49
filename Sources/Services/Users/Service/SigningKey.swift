import Crypto
import Foundation
import ServiceKit
import UsersAPI

/// The lab's key for access tokens: P-256, derived from a secret of the data directory, so that tokens survive a restart.
struct SigningKey: Sendable {
    let privateKey: P256.Signing.PrivateKey
    let publicJWK: JSONWebKey

    init(secrets: SecretStore) throws {
        privateKey = try Self.derive(from: secrets.secret("access_token_key"))
        let point = privateKey.publicKey.x963Representation  // 0x04, x, y (SEC 1, section 2.3.3)
        let x = Data(point[point.startIndex + 1..<point.startIndex + 33]).base64URL
        let y = Data(point[point.startIndex + 33..<point.startIndex + 65]).base64URL
        // RFC 7638: the required members, in lexicographic order, without blanks.
        let thumbprint = Data(SHA256.hash(data: Data("{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"\(x)\",\"y\":\"\(y)\"}".utf8))).base64URL
        publicJWK = JSONWebKey(x: x, y: y, kid: thumbprint)
    }

    /// HKDF, with a counter: 32 bytes are a private key unless they exceed the group's order, which happens once in 2^32.
    private static func derive(from secret: Data) throws -> P256.Signing.PrivateKey {
        var counter: UInt8 = 0
        while true {
            let bytes = HKDF<SHA256>.deriveKey(
                inputKeyMaterial: SymmetricKey(data: secret), info: Data("servicelab access token P-256 \(counter)".utf8),
                outputByteCount: 32)
            do {
                return try bytes.withUnsafeBytes { try P256.Signing.PrivateKey(rawRepresentation: Data($0)) }
            } catch  where counter < 8 {
                counter += 1
            }
        }
    }
}
