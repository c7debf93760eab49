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

    /// The directory that a verb means, the same for all of them: `data`, else `LAB_DATA`, else where the lab of `LAB_TOPOLOGY` lies, else
    /// that of the lab started last from here, else the marketplace's. An empty variable counts as none.
    /// - Parameter data: as given on the command line.
    /// - Throws: ``LabError`` for a topology's file that cannot be read.
    public func meant(data: String?, environment: [String: String], library: TopologyLibrary) throws -> DataDirectory {
        if data?.isEmpty == true { throw LabError(.usage, "--data is empty", why: "it names a folder", next: "labctl ps --data DIR") }
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let path = data ?? variable("LAB_DATA") { return DataDirectory(URL(fileURLWithPath: path)) }
        if let topology = variable("LAB_TOPOLOGY") { return standard(topology: try library.name(of: topology)) }
        return remembered() ?? standard(topology: "marketplace")
    }

    /// The directory of a lab that is to be started: nothing is remembered for it.
    public func directory(of settings: LabSettings) -> DataDirectory {
        settings.data.map { DataDirectory(URL(fileURLWithPath: $0)) } ?? standard(topology: settings.topology.name)
    }

    /// Where a topology's data lies unless told otherwise.
    public func standard(topology: String) -> DataDirectory { DataDirectory(folder.appendingPathComponent(topology)) }
}
