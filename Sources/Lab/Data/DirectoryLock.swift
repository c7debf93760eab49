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
        self.descriptor = descriptor
        ftruncate(descriptor, 0)
        let text = "\(getpid())\n"
        _ = text.withCString { pwrite(descriptor, $0, strlen($0), 0) }
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

    private static func owner(_ descriptor: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: bytes[..<count], as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
    }
}

extension DataDirectory {
    /// The process that runs a lab here now; nil when none does.
    public var owner: Int32? { DirectoryLock.owner(of: self) }
}
