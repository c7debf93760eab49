import Crypto
import Foundation
import Runtime

/// Where salts and refresh tokens come from: the cryptography library's generator.
///
/// In a simulated run they come from the instance's random stream, because they end up in rows and a seed must give one history.
struct SecureBytes: Sendable {
    private let world: World

    init(world: World) { self.world = world }

    func make(_ count: Int) -> Data {
        guard world.isSimulated else { return SymmetricKey(size: SymmetricKeySize(bitCount: count * 8)).withUnsafeBytes { Data($0) } }
        var bytes = Data(capacity: count)
        while bytes.count < count {
            withUnsafeBytes(of: world.random.next().littleEndian) { bytes.append(contentsOf: $0.prefix(count - bytes.count)) }
        }
        return bytes
    }
}

extension Data {
    /// Base64 with the URL alphabet, without padding (RFC 4648, section 5).
    var base64URL: String {
        var text = ""
        for character in base64EncodedString() {
            switch character {
            case "+": text.append("-")
            case "/": text.append("_")
            case "=": break
            default: text.append(character)
            }
        }
        return text
    }
}
