import Foundation

/// A database file as a loss of power leaves it: without the newest commits, which were not synced.
///
/// A write-ahead log is a header of 32 bytes and frames of a page each; a frame whose "size after commit" is not zero ends a commit
/// (sqlite.org/fileformat2.html, section 4). A log that is cut after such a frame is a log as it was once.
///
/// What a checkpoint has copied into the database file stays: SQLite syncs the log before it copies, so those commits are safe, and a log
/// that was cut below them would put older pages over newer ones. How many frames that are says `nBackfill` in the shared index of the log
/// (sqlite.org/walformat.html, section 2.2: byte 96, in the byte order of the machine).
struct PowerLoss {
    private let file: URL
    private let database: Data
    private let log: Data

    /// - Parameter choose: how many of so many commits are lost, from none.
    /// - Returns: nil when nothing is lost.
    init?(of file: URL, choose: (_ commits: Int) -> Int) {
        guard let database = FileManager.default.contents(atPath: file.path),
            let log = FileManager.default.contents(atPath: file.path + "-wal"), log.count > 32
        else { return nil }
        let safe = Self.copiedFrames(file)
        let (ends, start) = Self.commitEnds(log, after: safe)
        guard !ends.isEmpty else { return nil }
        let lost = choose(ends.count)
        guard lost > 0 else { return nil }
        self.file = file
        self.database = database
        // Without a commit there is no log: what was there before is in the file itself.
        self.log = lost < ends.count ? log.prefix(ends[ends.count - 1 - lost]) : safe > 0 ? log.prefix(start) : Data()
    }

    /// Puts the files in place; nobody has them open.
    func apply() {
        let files = FileManager.default
        for name in [file.path, file.path + "-wal", file.path + "-shm"] where files.fileExists(atPath: name) {
            do { try files.removeItem(atPath: name) } catch {
                // A file that cannot be removed is written over.
            }
        }
        _ = files.createFile(atPath: file.path, contents: database)
        _ = files.createFile(atPath: file.path + "-wal", contents: log)
    }

    /// Frames of the log whose pages a checkpoint has copied into the database file; 0 without an index, which a log that is used has.
    static func copiedFrames(_ file: URL) -> Int {
        guard let index = FileManager.default.contents(atPath: file.path + "-shm"), index.count >= 100 else { return 0 }
        return Int(index.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 96, as: UInt32.self) })
    }

    /// Offsets behind each commit of the log's present generation that ends after its first `frames` frames, and the offset behind those.
    static func commitEnds(_ log: Data, after frames: Int = 0) -> (ends: [Int], start: Int) {
        let bytes = [UInt8](log)
        func word(_ at: Int) -> UInt32 { bytes[at..<at + 4].reduce(0) { $0 << 8 | UInt32($1) } }
        let page = Int(word(8))
        guard page >= 512 else { return ([], 32) }
        let salts = (word(16), word(20))
        let start = 32 + frames * (24 + page)
        var ends = [Int]()
        var at = 32
        while at + 24 + page <= bytes.count, (word(at + 8), word(at + 12)) == salts {
            at += 24 + page
            if word(at - page - 20) != 0, at > start { ends.append(at) }
        }
        return (ends, start)
    }
}
