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

    @Test func `every port point is reached by some port`() throws {
        let code = try Repository.text("Sources/Runtime/Point.swift")
        let points = code.matches(of: /static let ([A-Za-z]+) = Point\(/).map { String($0.1) }
        var reached = Set<String>()
        for file in Repository.files(under: "Sources")
        where !["Runtime", "Simulation", "labbench"].contains(Repository.target(of: file.path)) {
            for line in file.code {
                for match in line.text.matches(of: /world\.point\(\.([A-Za-z]+)/) { reached.insert(String(match.1)) }
            }
        }
        #expect(points.count > 10)
        #expect(Set(points) == reached, "no port reaches \(Set(points).subtracting(reached).sorted())")
    }

    @Test func `docs-faults lists every kind of fault, and only those`() throws {
        let code = try Repository.text("Sources/Simulation/Faults/FaultKind.swift")
        let names = code.matches(of: /case [A-Za-z]+ = "([a-z.-]+)"/).map { String($0.1) }
        let document = try Repository.text("docs/faults.md")
        let listed = document.matches(of: /^\| `([a-z]+\.[a-z-]+)` \|.*\|.*\|.*\|$/.anchorsMatchLineEndings()).map { String($0.1) }
        #expect(names.count > 20)
        #expect(
            Set(names) == Set(listed), "docs/faults.md and FaultKind.swift differ in \(Set(names).symmetricDifference(listed).sorted())")
    }

    @Test func `docs-faults lists every fault point and claim in the code, and only those`() throws {
        let kinds = try Repository.text("Sources/Simulation/Faults/FaultKind.swift")
        var names = Set<String>()
        for file in Repository.files(under: "Sources") where !["Runtime", "Simulation"].contains(Repository.target(of: file.path)) {
            for line in file.code where line.text.contains("world.") {
                for match in line.text.matches(of: /world\.(buggify|sometimes|always)\(\s*"([^"]+)"/) { names.insert(String(match.2)) }
            }
        }
        names = names.filter { !kinds.contains("\"\($0)\"") }
        let document = try Repository.text("docs/faults.md")
        let listed = document.matches(of: /^\| `([^`]+)` \|[^|]*\|[^|]*\|$/.anchorsMatchLineEndings()).map { String($0.1) }
        let own: Set = ["run.phase", "run.order", "world.crash", "fault.<name>"]
        #expect(names.count > 10)
        #expect(names == Set(listed).subtracting(own), "they differ in \(names.symmetricDifference(Set(listed).subtracting(own)).sorted())")
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
