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
///     <data>/lab.log           JSON lines; lab.log.1 … the ones before
///     <data>/lab.out           what a lab in the background prints
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
    /// Those that have, or had, a database here, sorted: with them it is known which files are the lab's.
    public var services: [String]?
}
