import Foundation
import LabTesting
import Testing

/// What `make mutants` asks for; nothing in all other runs of the tests.
enum Wish {
    static let words = (ProcessInfo.processInfo.environment["MUTANTS"] ?? "").split(separator: ",").map(String.init)
    /// Everything, with its document.
    static var isAll: Bool { words.contains("all") }
    /// With the budget of a pull request alone.
    static var isQuick: Bool { words.contains("quick") }
    /// Where the ranges of seeds begin: the pull request's, and others that show whether it was luck.
    static var bases: [UInt64] { isQuick || words.contains("once") ? [1] : [1, 1_001, 2_001] }
    /// Mutants by the beginnings of their names; all when none is given.
    static var mutants: [Mutant] {
        let names = words.filter { !["all", "quick", "once"].contains($0) }
        return Catalogue.all.filter { mutant in names.isEmpty || names.contains { mutant.name.hasPrefix($0) } }
    }
}

/// The whole hunt, for `make mutants`: `MUTANTS=all` writes docs/mutants.md, `MUTANTS=inbox.missing,store` hunts those whose names begin so,
/// `MUTANTS=quick` all of them with the budget of a pull request, `MUTANTS=all,once` looks at one range of seeds instead of three.
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
            let result = try Hunt(mutant: mutant).run(Wish.isQuick ? [.portfolio] : Hunt.strategies, from: Wish.bases)
            results.append(result)
            let medians = result.medians.map { "\($0.strategy) \($0.runs.map(String.init) ?? "–")" }.joined(separator: "  ")
            let seconds = Int(Date.now.timeIntervalSince(began).rounded())
            Self.say("\(index + 1)/\(mutants.count)  \(mutant.name)  \(medians)  \(result.foundBy)  \(seconds) s")
            #expect(result.isFound, "\(mutant.name) is not found within the budget of a pull request")
        }
        guard Wish.isAll else { return }
        try MutantsDocument(results: results, bases: Wish.bases).text.write(
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
