import ArgumentParser
import Foundation
import Lab

struct Reset: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Delete everything that a stopped lab has stored.",
        discussion: "EXAMPLE\n  labctl reset --dry-run      # what would go\n  labctl down && labctl reset")
    @OptionGroup var lab: LabOptions
    @Flag(help: "Only say what would be deleted.") var dryRun = false

    struct Result: Encodable {
        var data: String
        var files: Int
        var bytes: Int64
        var dry_run: Bool
    }

    func run() async throws {
        let directory = lab.directory
        if let pid = directory.owner {
            throw LabError(
                .failed, "the lab on \(directory.path) is running (process \(pid))", why: "its files are in use",
                next: "labctl down && labctl reset")
        }
        guard directory.isLab else {
            throw LabError(.usage, "\(directory.path) is no lab's data directory", why: "it has no lab.json, so nothing in it is touched")
        }
        let (files, bytes) = directory.contents()
        let result = Result(data: directory.path, files: files, bytes: bytes, dry_run: dryRun)
        if !dryRun { try FileManager.default.removeItem(at: directory.root) }
        lab.output.show(result) {
            Terminal.line("\(dryRun ? "would delete" : "deleted") \(files) files, \(bytes / 1024) KiB in \(directory.path)")
        }
    }
}
