import Foundation

/// A file system of a few megabytes, mounted for one test. Nil where that is not allowed.
final class SmallDevice {
    let url: URL

    init?(megabytes: Int) {
        url = FileManager.default.temporaryDirectory.appending(path: "lmdbbus-small-\(ProcessInfo.processInfo.globallyUniqueString)")
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            guard try Self.run("mount", "-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", url.path) else {
                try FileManager.default.removeItem(at: url)
                return nil
            }
        } catch {
            return nil
        }
    }

    deinit {
        // Best effort: a directory left behind harms nobody.
        _ = try? Self.run("umount", url.path)
        try? FileManager.default.removeItem(at: url)
    }

    private static func run(_ command: String...) throws -> Bool {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
