import Foundation
import Runtime
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Keys and passwords of a lab, made once for each data directory and kept there, one file a secret, readable by its owner only.
///
/// In simulated worlds they are derived from a seed instead, so that tokens repeat with it.
public final class SecretStore: Sendable {
    private enum Origin: Sendable {
        case directory(URL)
        case seed(UInt64)
    }
    private let origin: Origin
    private let known = Mutex([String: Data]())

    /// - Parameter directory: created with mode 0700 when the first secret is asked for.
    public init(directory: URL) { origin = .directory(directory) }

    /// Not secret at all: for simulated worlds and tests.
    public init(derivedFrom seed: UInt64) { origin = .seed(seed) }

    /// The secret of that name; made at the first call.
    /// - Parameters:
    ///   - name: letters, digits, `-`, `_` and `.`.
    ///   - bytes: length of a new one. One that exists with another length is an error.
    /// - Throws: ``SecretError``.
    public func secret(_ name: String, bytes: Int = 32) throws -> Data {
        precondition(
            !name.isEmpty
                && name.utf8.allSatisfy {
                    (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 45 || $0 == 46 || $0 == 95
                } && name.first != ".",
            "\(name) is not a secret's name")
        return try known.withLock { known in
            if let found = known[name] { return try check(found, name, bytes) }
            let secret = try check(load(name, bytes), name, bytes)
            known[name] = secret
            return secret
        }
    }

    /// The secret in hexadecimal digits, two a byte.
    public func text(_ name: String, bytes: Int = 32) throws -> String {
        try secret(name, bytes: bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private func check(_ secret: Data, _ name: String, _ bytes: Int) throws -> Data {
        guard secret.count == bytes else {
            throw SecretError(message: "the secret \(name) has \(secret.count) bytes, not \(bytes); remove its file to make a new one")
        }
        return secret
    }

    private func load(_ name: String, _ bytes: Int) throws -> Data {
        switch origin {
        case .seed(let seed):
            let random = RandomStream(seed: seed ^ StableHash.of(name))
            return Self.words(bytes) { random.next() }
        case .directory(let directory):
            let file = directory.appendingPathComponent(name)
            if let found = FileManager.default.contents(atPath: file.path) { return found }
            // The system's generator, which is a cryptographic one; the world's is not.
            var generator = SystemRandomNumberGenerator()
            let secret = Self.words(bytes) { generator.next() }
            try write(secret, to: file, in: directory)
            return secret
        }
    }

    private func write(_ secret: Data, to file: URL, in directory: URL) throws {
        do {
            try FileManager.default.createDirectory(
                at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw SecretError(message: "the directory \(directory.path) for secrets cannot be made: \(error.localizedDescription)")
        }
        let descriptor = open(file.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw SecretError(message: "the secret \(file.path) cannot be written: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        let written = secret.withUnsafeBytes { unsafeWrite(descriptor, $0) }
        guard written == secret.count, fsync(descriptor) == 0 else {
            unlink(file.path)
            throw SecretError(message: "the secret \(file.path) cannot be written: \(String(cString: strerror(errno)))")
        }
    }

    private static func words(_ bytes: Int, _ next: () -> UInt64) -> Data {
        var data = Data(capacity: bytes + 8)
        while data.count < bytes { withUnsafeBytes(of: next().littleEndian) { data.append(contentsOf: $0) } }
        return data.prefix(bytes)
    }
}

/// A secret that cannot be made or read.
public struct SecretError: Error, Sendable, CustomStringConvertible {
    public let message: String
    public var description: String { message }
}

/// `write(2)` under a name that the method above does not hide.
private func unsafeWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int { write(descriptor, bytes.baseAddress, bytes.count) }
