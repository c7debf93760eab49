import Foundation

/// Which files are the lab's: what `lab.json` says, and nothing that only looks like it.
extension DataDirectory {
    /// Old files kept beside `lab.log`.
    static let oldLogsMax = 3

    /// True when a lab has run here: nothing else is ever deleted.
    public var isLab: Bool {
        FileManager.default.fileExists(atPath: recordFile.path) || FileManager.default.fileExists(atPath: lockFile.path)
    }

    /// What a lab with these services makes here.
    private static func names(services: [String]) -> Set<String> {
        var names: Set = ["bus", "secrets", "control.sock", "control.sock.new", "lab.json", "lab.lock", "lab.log", "lab.out"]
        for number in 1...oldLogsMax { names.insert("lab.log.\(number)") }
        for service in services { for suffix in ["", "-wal", "-shm"] { names.insert("\(service).sqlite\(suffix)") } }
        return names
    }

    private var entries: [String] { (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? [] }  // no directory: nothing

    /// A lab of this topology may begin here: there is one already, or nothing that it would take for its own.
    /// - Throws: ``LabError`` of kind `usage` that names what is in the way.
    public func checkUnclaimed(by topology: Topology) throws {
        guard !isLab else { return }
        // `lab.out` has been made by whoever starts the lab in the background.
        let taken = Set(entries).intersection(Self.names(services: topology.instanceNames)).subtracting(["lab.out"]).sorted()
        guard taken.isEmpty else {
            throw LabError(
                .usage, "\(path) holds what is not a lab's: \(taken.joined(separator: ", "))",
                why: "a lab would write there, and a reset delete it", next: "labctl up --data DIR   (a new folder, or an empty one)")
        }
    }

    /// The files and folders that the lab has made, by name; whatever else lies beside them is somebody else's.
    public func ownEntries() -> [String] {
        let own = Self.names(services: record()?.services ?? [])
        return entries.filter(own.contains).sorted()
    }

    /// The size of the lab's own files.
    public func ownBytes() -> Int64 {
        var bytes: Int64 = 0
        for entry in ownEntries() {
            let url = root.appendingPathComponent(entry)
            let below = (FileManager.default.enumerator(atPath: url.path)?.allObjects as? [String]) ?? []
            for file in [url] + below.map({ url.appendingPathComponent($0) }) {
                let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)  // gone meanwhile
                guard attributes?[.type] as? FileAttributeType == .typeRegular else { continue }
                bytes += (attributes?[.size] as? NSNumber)?.int64Value ?? 0
            }
        }
        return bytes
    }

    /// Deletes the lab's own files, and the folder too when nothing else is in it. No lab can start meanwhile.
    /// - Returns: names of what is left.
    /// - Throws: ``LabError`` when a lab runs here.
    public func removeOwnEntries() throws -> [String] {
        let lock = try DirectoryLock(self)
        defer { lock.release() }
        let files = FileManager.default
        // What says that this is a lab, and which files are its own, goes last: a reset that is interrupted can be repeated.
        let record = recordFile.lastPathComponent
        let own = ownEntries().filter { $0 != lockFile.lastPathComponent }
        for entry in own.filter({ $0 != record }) + own.filter({ $0 == record }) {
            try files.removeItem(at: root.appendingPathComponent(entry))
        }
        lock.deleteFile(of: self)
        let left = entries.sorted()
        if left.isEmpty { try files.removeItem(at: root) }
        return left
    }
}

extension Topology {
    /// Names of the gateway and the services: each has a database.
    var instanceNames: [String] { (gateway.map { [$0.name] } ?? []) + services.map(\.name) }
}
