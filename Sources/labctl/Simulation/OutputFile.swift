import Foundation
import Lab

/// A file that a verb is told to write. Looked at before the work begins: minutes of runs should not end in a misspelt path.
enum OutputFile {
    /// - Parameter option: how the file was given, such as `--html`.
    /// - Throws: ``LabError`` of kind `usage` when the file could not be written.
    static func check(_ path: String?, _ option: String) throws {
        guard let path else { return }
        let file = URL(fileURLWithPath: path)
        let folder = file.deletingLastPathComponent().path
        let files = FileManager.default
        func refuse(_ why: String, next: String) -> LabError {
            LabError(.usage, "\(option) \(path) cannot be written", why: why, next: next)
        }
        let another = "\(option) with a file in a folder of yours"
        var isFolder: ObjCBool = false
        guard files.fileExists(atPath: folder, isDirectory: &isFolder) else {
            throw refuse("there is no folder \(folder)", next: "mkdir -p \(folder)")
        }
        guard isFolder.boolValue else { throw refuse("\(folder) is a file, not a folder", next: another) }
        if files.fileExists(atPath: file.path, isDirectory: &isFolder), isFolder.boolValue {
            throw refuse("it is a folder", next: "\(option) \(file.appendingPathComponent("FILE").path)")
        }
        guard files.isWritableFile(atPath: files.fileExists(atPath: file.path) ? file.path : folder) else {
            throw refuse("it may not be written to", next: another)
        }
    }
}
