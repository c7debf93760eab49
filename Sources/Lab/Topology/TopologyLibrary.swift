import Foundation

/// The topology files that can be named on the command line.
///
/// Looked for, in this order: a path; `$LAB_TOPOLOGIES`; `Fixtures/topologies` of the working directory and its parents; that folder of
/// the repository this was built from. The first file with a name wins.
public struct TopologyLibrary: Sendable {
    public let folders: [URL]

    public init(folders: [URL]) { self.folders = folders }

    public static func standard(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        workingDirectory: URL = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
    ) -> TopologyLibrary {
        var folders = [URL]()
        for path in (environment["LAB_TOPOLOGIES"] ?? "").split(separator: ":") { folders.append(URL(fileURLWithPath: String(path))) }
        var directory = workingDirectory.standardizedFileURL
        for _ in 0..<32 {
            folders.append(directory.appendingPathComponent("Fixtures/topologies"))
            let parent = directory.deletingLastPathComponent().standardizedFileURL
            if parent.path == directory.path { break }
            directory = parent
        }
        // Sources/Lab/Topology/TopologyLibrary.swift is four levels below the repository's root.
        let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        folders.append(repository.appendingPathComponent("Fixtures/topologies"))
        return TopologyLibrary(folders: folders)
    }

    /// Every topology that can be named, with its file, sorted by name.
    public func files() -> [(name: String, file: URL)] {
        var found = [String: URL]()
        for folder in folders {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []  // no folder: no topologies
            for name in names where name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
                let stem = String(name.prefix(upTo: name.lastIndex(of: ".")!))
                if found[stem] == nil { found[stem] = folder.appendingPathComponent(name) }
            }
        }
        return found.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// What a topology calls itself that is given by its name or by its file: the folder of its data is called so.
    public func name(of topology: String) throws -> String {
        Self.isFile(topology) ? try TopologyFile.read(URL(fileURLWithPath: topology)).name : topology
    }

    private static func isFile(_ name: String) -> Bool { name.contains("/") || name.hasSuffix(".yaml") || name.hasSuffix(".yml") }

    /// Reads and checks the topology called `name`, or the file at that path.
    public func topology(_ name: String) throws -> Topology {
        if Self.isFile(name) {
            let topology = try TopologyFile.read(URL(fileURLWithPath: name))
            try topology.check()
            return topology
        }
        let files = files()
        guard let file = files.first(where: { $0.name == name })?.file else {
            throw LabError.unknown("topology", name, known: files.map(\.name), list: "labctl topology ls")
        }
        let topology = try TopologyFile.read(file)
        guard topology.name == name else {
            throw LabError(
                .usage, "\(file.path) calls itself \"\(topology.name)\"", why: "the name inside and the file's name must be equal")
        }
        try topology.check()
        return topology
    }
}
