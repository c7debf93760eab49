import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Keeps a second lab off a data directory: a lock of the operating system on `lab.lock`, which holds the owner's process id.
///
/// The lock ends with the process, however it ends, so a file left behind by `kill -9` is in nobody's way.
final class DirectoryLock: Sendable {
    private let descriptor: Int32
    private let isReleased = Atomic<Bool>(false)

    /// - Throws: ``LabError`` that names the process that has it.
    init(_ directory: DataDirectory) throws {
        let path = directory.lockFile.path
        var descriptor = try DirectoryLock.taken(path, directory)
        // A reset deletes the file while it holds the lock: who has waited for it then has a file without a name, which keeps nobody off.
        if DirectoryLock.text(descriptor) == DirectoryLock.deleted {
            close(descriptor)
            descriptor = try DirectoryLock.taken(path, directory)
        }
        self.descriptor = descriptor
        write("\(getpid())")
    }

    /// What the file says once it has been deleted.
    private static let deleted = "deleted"

    private func write(_ text: String) {
        ftruncate(descriptor, 0)
        _ = (text + "\n").withCString { pwrite(descriptor, $0, strlen($0), 0) }
    }

    /// Deletes the file; the lock is held on until it is released.
    func deleteFile(of directory: DataDirectory) {
        write(Self.deleted)
        unlink(directory.lockFile.path)
    }

    /// The open file, locked.
    private static func taken(_ path: String, _ directory: DataDirectory) throws -> Int32 {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw LabError(
                .failed, "the lock file \(path) cannot be opened", why: String(cString: strerror(errno)), next: "labctl up --data DIR")
        }
        // A look by `labctl` holds the lock for some microseconds: that is no reason to refuse.
        var tries = 0
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0, tries < 20 {
            tries += 1
            poll(nil, 0, 2)
        }
        guard tries < 20 else {
            let owner = DirectoryLock.owner(descriptor)
            close(descriptor)
            throw LabError(
                .failed, "a lab already runs on \(directory.path)\(owner.map { " (process \($0))" } ?? "")",
                why: "two labs on one data directory would write over each other",
                next: "labctl down --data \(directory.path)   (or give this one its own: labctl up --isolated --data DIR)")
        }
        return descriptor
    }

    deinit { release() }

    func release() {
        guard !isReleased.exchange(true, ordering: .acquiringAndReleasing) else { return }
        // Closing alone is not enough: a process forked meanwhile has the file open too.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// The process that runs a lab in `directory`; nil when none does.
    static func owner(of directory: DataDirectory) -> Int32? {
        let descriptor = open(directory.lockFile.path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
            flock(descriptor, LOCK_UN)
            return nil
        }
        return owner(descriptor)
    }

    private static func owner(_ descriptor: Int32) -> Int32? { text(descriptor).flatMap { Int32($0) } }

    private static func text(_ descriptor: Int32) -> String? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines) : nil
    }
}

extension DataDirectory {
    /// The process that runs a lab here now; nil when none does.
    public var owner: Int32? { DirectoryLock.owner(of: self) }
}
