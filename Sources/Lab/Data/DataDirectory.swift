import Foundation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Where one lab keeps everything: the services' databases, the log, secrets, its control socket and its own log file.
///
///     <data>/users.sqlite …    one file per service
///     <data>/bus/              the message log
///     <data>/secrets/          generated once, 0600
///     <data>/lab.log           JSON lines
///     <data>/lab.json          what runs here, or last ran here
///     <data>/lab.lock          held while a lab runs
///     <data>/control.sock      0600
public struct DataDirectory: Sendable, Hashable {
    public let root: URL

    public init(_ root: URL) { self.root = root.standardizedFileURL }

    public var path: String { root.path }
    public var bus: URL { root.appendingPathComponent("bus") }
    public var secrets: URL { root.appendingPathComponent("secrets") }
    public var logFile: URL { root.appendingPathComponent("lab.log") }
    public var outputFile: URL { root.appendingPathComponent("lab.out") }
    public var lockFile: URL { root.appendingPathComponent("lab.lock") }
    var recordFile: URL { root.appendingPathComponent("lab.json") }

    public func database(of service: String) -> URL { root.appendingPathComponent("\(service).sqlite") }

    /// Makes the directory, readable by its owner only.
    public func create() throws {
        do {
            try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw LabError(
                .failed, "the data directory \(path) cannot be made", why: (error as NSError).localizedDescription,
                next: "labctl up --data DIR")
        }
    }

    /// The control socket. A socket's address holds about 100 bytes, so a deep data directory gets a short path under /tmp,
    /// which follows from the directory's path: `labctl` finds it without asking.
    public var controlSocket: String {
        let inside = root.appendingPathComponent("control.sock").path
        if inside.utf8.count <= 90 { return inside }
        return "/tmp/servicelab-\(getuid())-\(ShortName.of(path)).sock"
    }

    /// What `lab.json` says; nil when no lab has ever run here.
    public func record() -> LabRecord? {
        guard let data = try? Data(contentsOf: recordFile) else { return nil }  // no file: no lab yet
        return try? JSONDecoder().decode(LabRecord.self, from: data)  // a half-written record is as good as none
    }

    func write(_ record: LabRecord) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(record).write(to: recordFile, options: .atomic)
    }
}

/// What runs in a data directory, or last ran there.
public struct LabRecord: Codable, Sendable, Hashable {
    public var topology: String
    public var pid: Int32
    public var control: String
    public var gateway: String?
    /// RFC 3339.
    public var started_at: String
}

extension DataDirectory {
    /// True when a lab has run here: nothing else is ever deleted.
    public var isLab: Bool {
        FileManager.default.fileExists(atPath: recordFile.path) || FileManager.default.fileExists(atPath: lockFile.path)
    }

    /// The files and folders that a lab makes, by name; whatever else lies beside them is somebody else's.
    public func ownEntries() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []  // no directory: nothing
        return names.filter { name in
            ["bus", "secrets", "control.sock"].contains(name) || name.hasPrefix("lab.")
                || [".sqlite", ".sqlite-wal", ".sqlite-shm"].contains { name.hasSuffix($0) }
        }.sorted()
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

    /// Deletes the lab's own files, and the folder too when nothing else is in it.
    /// - Returns: names of what is left.
    public func removeOwnEntries() throws -> [String] {
        let files = FileManager.default
        for entry in ownEntries() { try files.removeItem(at: root.appendingPathComponent(entry)) }
        let left = try files.contentsOfDirectory(atPath: root.path).sorted()
        if left.isEmpty { try files.removeItem(at: root) }
        return left
    }
}
