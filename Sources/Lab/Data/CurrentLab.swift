import Foundation

/// `.lab/current` in the working directory: the data directory of the lab started last, so that no verb needs `--data` afterwards.
public struct CurrentLab: Sendable {
    private let folder: URL

    public init(workingDirectory: URL = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)) {
        folder = workingDirectory.appendingPathComponent(".lab")
    }

    public func remembered() -> DataDirectory? {
        guard let path = try? String(contentsOf: folder.appendingPathComponent("current"), encoding: .utf8) else { return nil }  // none yet
        let trimmed = path.trimmingCharacters(in: .whitespacesAndNewlines)
        return trimmed.isEmpty ? nil : DataDirectory(URL(fileURLWithPath: trimmed))
    }

    public func remember(_ directory: DataDirectory) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data((directory.path + "\n").utf8).write(to: folder.appendingPathComponent("current"), options: .atomic)
    }

    /// Where a topology's data lies unless told otherwise.
    public func standard(topology: String) -> DataDirectory { DataDirectory(folder.appendingPathComponent(topology)) }
}
