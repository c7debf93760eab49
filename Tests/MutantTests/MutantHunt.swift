import Foundation
import LabTesting
import Testing

/// What `make mutants` asks for; nil in all other runs of the tests.
enum Wish {
    static let text = ProcessInfo.processInfo.environment["MUTANTS"].flatMap { $0.isEmpty ? nil : $0 }
    static var isAll: Bool { text == "all" }
    /// All of them, with the budget of a pull request alone; writes nothing.
    static var isQuick: Bool { text == "quick" }
}

/// The whole hunt, for `make mutants`: `MUTANTS=all` writes docs/mutants.md, `MUTANTS=inbox.missing,store` hunts those whose names begin so.
@Suite(.serialized, .enabled(if: Wish.text != nil)) struct MutantHunt {
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
        let wishes = Wish.text?.split(separator: ",").map(String.init) ?? []
        let mutants = Catalogue.all.filter { mutant in Wish.isAll || Wish.isQuick || wishes.contains { mutant.name.hasPrefix($0) } }
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

    private static func say(_ line: String) { FileHandle.standardError.write(Data("\(line)\n".utf8)) }
}
