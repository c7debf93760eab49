import Foundation

/// A database file as a loss of power leaves it: without the newest commits, which were not synced.
///
/// A write-ahead log is a header of 32 bytes and frames of a page each; a frame whose "size after commit" is not zero ends a commit
/// (sqlite.org/fileformat2.html, section 4). A log that is cut after such a frame is a log as it was once.
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
        let ends = Self.commitEnds(log)
        guard !ends.isEmpty else { return nil }
        let lost = choose(ends.count)
        guard lost > 0 else { return nil }
        self.file = file
        self.database = database
        // Without a commit there is no log: what was there before is in the file itself.
        self.log = lost < ends.count ? log.prefix(ends[ends.count - 1 - lost]) : Data()
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

    /// Offsets behind each commit of the log's present generation.
    static func commitEnds(_ log: Data) -> [Int] {
        let bytes = [UInt8](log)
        func word(_ at: Int) -> UInt32 { bytes[at..<at + 4].reduce(0) { $0 << 8 | UInt32($1) } }
        let page = Int(word(8))
        guard page >= 512 else { return [] }
        let salts = (word(16), word(20))
        var ends = [Int]()
        var at = 32
        while at + 24 + page <= bytes.count, (word(at + 8), word(at + 12)) == salts {
            if word(at + 4) != 0 { ends.append(at + 24 + page) }
            at += 24 + page
        }
        return ends
    }
}
