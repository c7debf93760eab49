import Foundation
import LabTesting
import Runtime
import Testing

/// The catalogue, and the switch behind it.
@Suite struct CatalogueTests {
    @Test func `the catalogue and the code name the same bugs`() throws {
        var places = [String: [String]]()
        for file in try Project.sources() {
            for match in file.text.matches(of: /[^A-Za-z]seeded\("([^"]+)"\)/) where !file.path.hasSuffix("Runtime/SeededBug.swift") {
                places[String(match.1), default: []].append(file.path)
            }
        }
        let listed = Catalogue.all.map(\.name)
        #expect(Set(listed).count == listed.count, "a name stands twice in the catalogue")
        #expect(
            Set(listed) == Set(places.keys),
            "only in one of catalogue and code: \(Set(listed).symmetricDifference(places.keys).sorted())")
        #expect(listed.count >= 40)
        for name in listed { #expect(name.wholeMatch(of: /[a-z]+\.[a-z-]+/) != nil, "\(name) is not written as mechanism.what-it-does") }
    }

    @Test func `docs-mutants lists every bug, and none is beyond the budget`() throws {
        let document = try String(contentsOf: Project.root.appendingPathComponent("docs/mutants.md"), encoding: .utf8)
        let listed = document.matches(of: /^\| `([a-z.-]+)` \|/.anchorsMatchLineEndings()).map { String($0.1) }
        #expect(listed == Catalogue.all.map(\.name), "run make mutants")
        #expect(document.contains("\n\(listed.count) of \(listed.count) are found"))
    }

    @Test func `only the file of the switch asks for the kind of build, so production code is the same in both`() throws {
        let asking = try Project.sources().filter { $0.text.contains(/#(if|elseif) .*DEBUG/) }.map(\.path)
        #expect(asking == ["Sources/Runtime/SeededBug.swift"])
    }

    /// Compiled as in a release build, the switch cannot be turned, and nothing of the code that asks for it is left.
    @Test func `a release build has no seeded bugs`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("seeded-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let program = folder.appendingPathComponent("main.swift")
        try "print(SeededBug.isPossible, seeded(\"a.name-that-must-not-be-kept\"))".write(to: program, atomically: true, encoding: .utf8)
        let executable = folder.appendingPathComponent("program")
        let source = Project.root.appendingPathComponent("Sources/Runtime/SeededBug.swift").path
        _ = try Project.run("swiftc", "-O", "-wmo", "-o", executable.path, source, program.path)
        #expect(try Project.run(executable.path) == "false false\n")
        let bytes = try Data(contentsOf: executable)
        #expect(bytes.range(of: Data("a.name-that-must-not-be-kept".utf8)) == nil)
    }

    @Test func `a bug is planted for one thread, and as long as asked`() throws {
        #expect(!seeded("a.bug"))
        SeededBug.planting("a.bug") {
            #expect(seeded("a.bug") && !seeded("another.bug"))
            SeededBug.planting("another.bug") { #expect(!seeded("a.bug") && seeded("another.bug")) }
            #expect(seeded("a.bug"))
        }
        #expect(!seeded("a.bug"))
    }

    /// A handful here, the whole catalogue by `make mutants`.
    @Test(
        arguments: [
            "relay.gives-up-when-refused", "inbox.missing", "consumer.acknowledges-what-failed", "timer.lost-when-its-handler-fails",
            "saga.leaves-out-a-compensation", "stock.refused-order-keeps-a-part",
        ].compactMap(Catalogue.named)
    ) func `the simulation finds a seeded bug`(_ mutant: Mutant) throws {
        let result = try Hunt(mutant: mutant).run()
        #expect(result.isFound, "200 seeds of \(mutant.ground.name) do not find \(mutant.name)")
    }
}
