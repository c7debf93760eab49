import Contracts
import Crypto
import CryptoExtras
import Foundation
import ServiceKit

/// How much work one password check is: scrypt with N = 2^`log2N`, r = 8, p = 5.
///
/// The default, N = 2^14, takes 16 MiB and is the smallest memory among the settings that the OWASP Password Storage Cheat Sheet holds
/// equal to N = 2^17, p = 1: about 0.1 s of one core in a release build. Setting `password_cost` is `log2N`, 10 to 17: lower it for
/// tests and simulated runs, raise it where memory is no concern. A hash remembers its cost, and is renewed at the next log-in after
/// the cost was raised.
struct PasswordCost: Sendable, Hashable {
    var log2N: Int
    var r = 8
    var p = 5

    init(log2N: Int) { self.log2N = log2N }

    init(settings: Settings) throws {
        let value = settings.int("password_cost", default: 14)
        guard (10...17).contains(value) else {
            throw Problem(status: 500, code: "setting_invalid", detail: "password_cost must be 10 to 17, not \(value)")
        }
        log2N = value
    }
}

/// A stored password: `scrypt$ln=14,r=8,p=5$<salt>$<key>`, salt of 16 and key of 32 bytes in base64.
struct PasswordHash: Sendable, Hashable {
    let cost: PasswordCost
    let salt: Data
    let key: Data

    init(of password: String, salt: Data, cost: PasswordCost) throws {
        self.cost = cost
        self.salt = salt
        key = try Self.derive(password, salt, cost)
    }

    init?(text: String) {
        let parts = text.split(separator: "$")
        guard parts.count == 4, parts[0] == "scrypt", let salt = Data(base64Encoded: String(parts[2])),
            let key = Data(base64Encoded: String(parts[3])), key.count == 32
        else { return nil }
        var numbers = [Substring: Int]()
        for part in parts[1].split(separator: ",") {
            let pair = part.split(separator: "=")
            guard pair.count == 2, let number = Int(pair[1]) else { return nil }
            numbers[pair[0]] = number
        }
        guard let log2N = numbers["ln"], let r = numbers["r"], let p = numbers["p"] else { return nil }
        cost = PasswordCost(log2N: log2N)
        guard cost.r == r, cost.p == p, (10...17).contains(log2N) else { return nil }
        self.salt = salt
        self.key = key
    }

    var text: String {
        "scrypt$ln=\(cost.log2N),r=\(cost.r),p=\(cost.p)$\(salt.base64EncodedString())$\(key.base64EncodedString())"
    }

    /// Compares in constant time.
    func matches(_ password: String) throws -> Bool {
        let other = try Self.derive(password, salt, cost)
        var difference: UInt8 = 0
        for (a, b) in zip(key, other) { difference |= a ^ b }
        return difference == 0 && key.count == other.count
    }

    private static func derive(_ password: String, _ salt: Data, _ cost: PasswordCost) throws -> Data {
        // Equal text in different Unicode forms is the same password.
        let bytes = Data(password.precomposedStringWithCompatibilityMapping.utf8)
        let key = try KDF.Scrypt.deriveKey(
            from: bytes, salt: salt, outputByteCount: 32, rounds: 1 << cost.log2N, blockSize: cost.r, parallelism: cost.p)
        return key.withUnsafeBytes { Data($0) }
    }
}
