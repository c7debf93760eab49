import ArgumentParser
import Foundation
import Lab

struct Reset: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Delete everything that a stopped lab has stored.",
        discussion: """
            EXAMPLE
              labctl reset --dry-run          what would go
              labctl down && labctl reset

            Only what the lab has made is deleted: its log and secrets, the databases of the services that
            lab.json names, and its own files (lab.json, lab.log …). Anything else in the folder stays.
            Exit code 17 where there is no lab.
            """)
    @OptionGroup var lab: LabOptions
    @Flag(help: "Only say what would be deleted.") var dryRun = false

    struct Result: Encodable {
        var data: String
        var deleted: [String]
        var bytes: Int64
        /// Not the lab's.
        var left: [String]
        var dry_run: Bool
    }

    func run() async throws {
        let directory = try lab.directory()
        if !dryRun, let pid = directory.owner {
            throw LabError(
                .failed, "the lab on \(directory.path) is running (process \(pid))", why: "its files are in use",
                next: "labctl down && labctl reset")
        }
        guard directory.isLab else {
            throw LabError(
                .notRunning, "there is no lab in \(directory.path)", why: "it has no lab.json, so nothing in it is touched",
                next: "labctl reset --data DIR")
        }
        let (entries, bytes) = (directory.ownEntries(), directory.ownBytes())
        let all = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        let left = try dryRun ? all.filter { !entries.contains($0) }.sorted() : directory.removeOwnEntries()
        lab.output.show(Result(data: directory.path, deleted: entries, bytes: bytes, left: left, dry_run: dryRun)) {
            Terminal.line(
                "\(dryRun ? "would delete" : "deleted") \(bytes / 1024) KiB in \(directory.path): \(entries.joined(separator: ", "))")
            if !left.isEmpty { Terminal.line("not the lab's, and left alone: \(left.joined(separator: ", "))") }
        }
    }
}
