import Foundation
import Testing

/// Documents that list something are held to the code.
@Suite struct DocumentTests {
    @Test func `docs-points lists every port point, and only those`() throws {
        let code = try Repository.text("Sources/Runtime/Point.swift")
        let names = code.matches(of: /Point\("([a-z.]+)"\)/).map { String($0.1) }
        let document = try Repository.text("docs/points.md")
        let listed = document.matches(of: /^\| `([a-z.]+)` \|/.anchorsMatchLineEndings()).map { String($0.1) }
        #expect(names.count > 10)
        #expect(
            Set(names) == Set(listed),
            "docs/points.md and Sources/Runtime/Point.swift differ in \(Set(names).symmetricDifference(listed).sorted())")
    }

    @Test func `every link between documents leads somewhere`() throws {
        let documents = Repository.files(under: "docs", ending: ".md") + [.init(path: "README.md", text: try Repository.text("README.md"))]
        for document in documents {
            let folder = Repository.root.appendingPathComponent(document.path).deletingLastPathComponent()
            for match in document.text.matches(of: /\]\(([^)#:]+)(#[^)]*)?\)/) {
                let target = folder.appendingPathComponent(String(match.1)).path
                #expect(FileManager.default.fileExists(atPath: target), "\(document.path) links to \(match.1), which is not there")
            }
        }
    }

    @Test func `make help names every job`() throws {
        let makefile = try Repository.text("Makefile")
        for job in ["help", "deps", "build", "test", "up", "bench", "torture", "lint", "docs", "clean"] {
            #expect(makefile.contains("\n\(job):"), "the Makefile lacks \(job)")
        }
    }
}
