import Foundation

/// What the machine gives without us: one thread, no queues, no checks. The yardstick of each figure.
enum RawLimits {
    /// One 4 KiB write at the end of a file and one `fdatasync`, again and again.
    static func fdatasyncLoop(in folder: URL, for duration: Double) -> Sample {
        let file = open(folder.appendingPathComponent("raw").path, O_CREAT | O_RDWR | O_TRUNC, 0o600)
        defer { close(file) }
        let page = [UInt8](repeating: 120, count: 4096)
        var latencies = [Double]()
        let start = seconds()
        var now = start
        while now - start < duration {
            page.withUnsafeBytes { _ = write(file, $0.baseAddress, $0.count) }
            fdatasync(file)
            let end = seconds()
            latencies.append((end - now) * 1e6)
            now = end
        }
        return Sample(count: latencies.count, seconds: now - start, latencies: latencies)
    }

    /// `body` again and again for `duration` seconds, each time `messages` messages.
    private static func loop(_ messages: Int, for duration: Double, _ body: () throws -> Void) rethrows -> Sample {
        var latencies = [Double]()
        let start = seconds()
        var now = start
        while now - start < duration {
            try body()
            let end = seconds()
            latencies.append((end - now) * 1e6)
            now = end
        }
        return Sample(count: latencies.count * messages, seconds: now - start, latencies: latencies)
    }

    /// `batch` messages of 256 bytes appended in a transaction, synced by its commit.
    static func publish(in folder: URL, batch: Int, for duration: Double) -> Sample {
        let log = RawLog(folder)
        return loop(batch, for: duration) { log.publish(batch) }
    }

    /// The same, and read by a consumer whose cursor goes into the next transaction.
    static func endToEnd(in folder: URL, batch: Int, for duration: Double) -> Sample {
        let log = RawLog(folder)
        return loop(batch, for: duration) {
            log.publish(batch)
            _ = log.consume()
        }
    }

    /// Reading `messages` messages from the start, in place.
    static func replay(in folder: URL, messages: Int) -> Sample {
        let log = RawLog(folder, isSynced: false)
        while log.count < messages { log.publish(1024) }
        let start = seconds()
        let count = log.consume()
        return Sample(count: count, seconds: seconds() - start)
    }

    /// `batch` orders with their outbox rows in a transaction, prepared statements, synced by its commit.
    static func orders(in folder: URL, batch: Int, for duration: Double) -> Sample {
        let store = RawStore(folder)
        return loop(batch, for: duration) { store.commit(orders: batch) }
    }

    /// Orders at a steady pace, each relayed by the same thread: from before its transaction until its event is durable in the log.
    static func relay(in folder: URL, perSecond: Int, for duration: Double) -> Sample {
        let store = RawStore(folder)
        let log = RawLog(folder)
        let start = seconds()
        var latencies = [Double]()
        for index in 0..<Int(Double(perSecond) * duration) {
            let wait = start + Double(index) / Double(perSecond) - seconds()
            if wait > 0 { usleep(useconds_t(wait * 1e6)) }
            let began = seconds()
            store.commit(orders: 1)
            log.publish(1)
            latencies.append((seconds() - began) * 1e6)
        }
        return Sample(count: latencies.count, seconds: seconds() - start, latencies: latencies)
    }
}
