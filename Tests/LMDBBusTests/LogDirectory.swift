import Foundation
import LMDBBus
import Messaging
import MessagingTesting
import Runtime

/// A directory for one log, on a memory file system where there is one; removed when the test lets go of it.
final class LogDirectory: Sendable {
    let url: URL

    init() {
        let memory = URL(filePath: "/dev/shm")
        let base = FileManager.default.isWritableFile(atPath: memory.path) ? memory : FileManager.default.temporaryDirectory
        // A test's directory is no part of what is tested, so its name may be random.
        url = base.appending(path: "lmdbbus-\(ProcessInfo.processInfo.globallyUniqueString)")
    }

    deinit {
        // Best effort: a directory left behind harms nobody.
        try? FileManager.default.removeItem(at: url)
    }

    var file: URL { url.appending(path: "log.mdb") }

    func open(_ world: World, _ options: LogOptions = .quick) throws -> LMDBMessageBus {
        try LMDBMessageBus.open(world: world, directory: url, options: options)
    }

    var fixture: BusFixture {
        BusFixture(
            open: { try self.open($0) },
            close: { ($0 as? LMDBMessageBus)?.close() },
            reopen: { world, bus in
                (bus as? LMDBMessageBus)?.abandon()
                return try self.open(world)
            })
    }
}

extension LogOptions {
    /// Small segments, so that tests cross their borders, and no flushes.
    static let quick = LogOptions(persistence: .volatile, bytesBudget: 256 << 20, segmentMessages: 50)
}
