import Foundation

/// A folder for one case on the device under test, removed afterwards.
struct ScratchFolder {
    let url: URL

    /// - Parameter parent: a folder on the device to measure; the working directory's `.lab/bench` by default.
    init(_ name: String) throws {
        let parent = URL(fileURLWithPath: FileManager.default.currentDirectoryPath).appendingPathComponent(".lab/bench")
        url = parent.appendingPathComponent("\(name)-\(getpid())-\(UInt32.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(at: url) }  // a leftover is reported by the next `make clean`
}
