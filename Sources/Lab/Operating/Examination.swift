import Foundation
import GRDB
import LMDBBus
import Messaging
import Runtime

/// What `labctl doctor` looks at.
public enum Examination {
    public static func ofStoppedLab(_ directory: DataDirectory) -> DoctorReport {
        var checks = [DoctorReport.Check]()
        guard directory.isLab else {
            checks.append(.init(name: "data directory", is_ok: false, detail: "\(directory.path) holds no lab", next: "labctl up --detach"))
            return DoctorReport(checks: checks)
        }
        checks.append(.init(name: "lab", is_ok: true, detail: "stopped; \(directory.path) holds its data"))
        checks += files(of: directory) + [log(of: directory)].compactMap(\.self)
        return DoctorReport(checks: checks)
    }

    /// Checks that need the files only: damage, room, permissions.
    static func files(of directory: DataDirectory) -> [DoctorReport.Check] {
        directory.databases().map { integrity($0, directory.database(of: $0)) } + [room(directory), permissions(directory)]
    }

    private static func integrity(_ service: String, _ file: URL) -> DoctorReport.Check {
        let name = "\(service).sqlite"
        do {
            let found = try SQLConsole.connection(file).read { db in
                let damage = try String.fetchAll(db, sql: "PRAGMA quick_check(5)").filter { $0 != "ok" }
                let orphans = try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").count
                return damage + (orphans == 0 ? [] : ["\(Spelling.count(orphans, "reference")) to rows that are not there"])
            }
            if found.isEmpty { return .init(name: name, is_ok: true, detail: "sound") }
            return .init(
                name: name, is_ok: false, detail: found.joined(separator: "; "),
                next: "labctl down, then put a backup in its place, or labctl reset")
        } catch {
            let why = (error as? LabError)?.why ?? "\(error)"
            return .init(name: name, is_ok: false, detail: why, next: "labctl down, then put a backup in its place, or labctl reset")
        }
    }

    /// Opens the log and reads it from end to end; nil when there is none yet.
    private static func log(of directory: DataDirectory) -> DoctorReport.Check? {
        guard FileManager.default.fileExists(atPath: directory.bus.appendingPathComponent("log.mdb").path) else { return nil }
        do {
            let bus = try LMDBMessageBus.open(world: World.live(instance: "doctor"), directory: directory.bus)
            defer { bus.close() }
            var messages = 0
            for topic in bus.currentTopics() {
                for partition in topic.partitions {
                    try bus.scan(topic: topic.name, partition: partition.partition) { _, _ in
                        messages += 1
                        return true
                    }
                }
            }
            return .init(
                name: logName, is_ok: true,
                detail: "sound; \(Spelling.count(messages, "message")) in \(Spelling.count(bus.currentTopics().count, "topic"))")
        } catch {
            let problem = FloorErrors.explain(error, directory)
            return .init(name: logName, is_ok: false, detail: problem.why ?? problem.what, next: problem.next)
        }
    }

    private static let logName = "message log"

    private static func room(_ directory: DataDirectory) -> DoctorReport.Check {
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: directory.path)  // no answer counts as no room
        let free = ((attributes?[.systemFreeSize] as? NSNumber)?.int64Value ?? 0) >> 20
        return .init(
            name: "room on the device", is_ok: free >= 256, detail: free >= 10_240 ? "\(free >> 10) GiB free" : "\(free) MiB free",
            next: "free at least 256 MiB, or move the lab: labctl up --data DIR")
    }

    private static func permissions(_ directory: DataDirectory) -> DoctorReport.Check {
        let attributes = try? FileManager.default.attributesOfItem(atPath: directory.path)  // no answer counts as open to all
        let mode = (attributes?[.posixPermissions] as? NSNumber)?.intValue ?? 0o777
        return .init(
            name: "permissions", is_ok: mode & 0o077 == 0, detail: String(format: "data directory is 0%o", mode),
            next: "chmod 700 \(directory.path): it holds the lab's secrets")
    }
}
