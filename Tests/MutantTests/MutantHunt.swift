import Foundation
import LabTesting
import Testing

/// What `make mutants` asks for; nothing in all other runs of the tests.
enum Wish {
    static let words = (ProcessInfo.processInfo.environment["MUTANTS"] ?? "").split(separator: ",").map(String.init)
    /// Everything, with its document.
    static var isAll: Bool { words == ["all"] }
    /// With the budget of a pull request alone.
    static var isQuick: Bool { words.contains("quick") }
    /// Mutants by the beginnings of their names; all when none is given.
    static var mutants: [Mutant] {
        let names = words.filter { !["all", "quick"].contains($0) }
        return Catalogue.all.filter { mutant in names.isEmpty || names.contains { mutant.name.hasPrefix($0) } }
    }
}

/// The whole hunt, for `make mutants`: `MUTANTS=all` writes docs/mutants.md, `MUTANTS=inbox.missing,store` hunts those whose names begin so,
/// `MUTANTS=quick` all of them with the budget of a pull request.
@Suite(.serialized, .enabled(if: !Wish.words.isEmpty)) struct MutantHunt {
    @Test func `without a bug nothing is found`() throws {
        guard Wish.isAll else { return }
        for ground in [Mutant.Ground.letters, .checkoutChaos, .checkoutTimers, .afterSales, .orderEvents] {
            let pool = RunPool(ground.scenario)
            defer { pool.close() }
            let find = try Hunt.first(.portfolio, from: 1, pool)
            Self.say("\(ground.name) without a bug: \(find.map { "\($0.verdict) at seed \($0.runs)" } ?? "200 seeds pass")")
            #expect(find == nil, "\(ground.name): seed \(find?.runs ?? 0) fails without any bug: \(find?.verdict ?? "")")
        }
    }

    @Test func `every bug is found within the budget of a pull request`() throws {
        let mutants = Wish.mutants
        var results = [Hunt.Result]()
        for (index, mutant) in mutants.enumerated() {
            let began = Date.now
            let result = try Hunt(mutant: mutant).run(isThorough: !Wish.isQuick)
            results.append(result)
            let medians =
                result.sweep.map { "sweep \($0.runs)" }
                ?? result.medians.map { "\($0.strategy) \($0.runs.map(String.init) ?? "–")" }
                .joined(separator: "  ")
            let seconds = Int(Date.now.timeIntervalSince(began).rounded())
            Self.say("\(index + 1)/\(mutants.count)  \(mutant.name)  \(medians)  \(result.foundBy)  \(seconds) s")
            #expect(result.isFound, "\(mutant.name) is not found within the budget of a pull request")
        }
        guard Wish.isAll else { return }
        try MutantsDocument(results: results).text.write(
            to: Project.root.appendingPathComponent("docs/mutants.md"), atomically: true, encoding: .utf8)
    }

    /// Progress, to the terminal and to .build/mutants.log: `swift test` holds back what it does not write to a terminal.
    private static func say(_ line: String) {
        FileHandle.standardError.write(Data("\(line)\n".utf8))
        log.write(Data("\(line)\n".utf8))
    }

    private static let log = {
        let file = Project.root.appendingPathComponent(".build/mutants.log")
        FileManager.default.createFile(atPath: file.path, contents: nil)
        return FileHandle(forWritingAtPath: file.path) ?? .nullDevice
    }()
}
