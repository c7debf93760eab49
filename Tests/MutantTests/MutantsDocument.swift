import Foundation

/// docs/mutants.md: the table that `make mutants` writes.
struct MutantsDocument {
    let results: [Hunt.Result]
    /// Where the ranges of seeds begin.
    let bases: [UInt64]

    private var head: String {
        let ranges = bases.map(String.init).joined(separator: ", ")
        let figures =
            bases.count == 1
            ? "each strategy looks through 200 seeds from \(ranges)." : "the median over ranges of 200 seeds that begin at \(ranges)."
        return """
            # Seeded bugs

            What the simulation is worth shows in what it finds. Each row is a mistake that somebody could make in the platform, as one line at its
            place in the code (`seeded("name")`, see [`SeededBug`](../Sources/Runtime/SeededBug.swift)), planted for one run by a test; a release build
            has none of them. `make mutants` plants each, runs the scenario of its row until an oracle sees it, and writes this table.

            The figures are runs until the first that fails: \(figures) – stands for more than 200. A pull request is tested with *portfolio*
            and the seeds 1 to 200, in which every bug is found.

            """
    }

    var text: String {
        var lines = [head]
        let strategies = results.first?.finds.map { "\($0.strategy)" } ?? []
        lines.append("| \((["Bug", "What is broken", "Scenario", "Found by"] + strategies).joined(separator: " | ")) |")
        lines.append("|---|---|---|---|\(String(repeating: "--:|", count: strategies.count))")
        for result in results {
            let medians = result.medians.map { $0.runs.map(String.init) ?? "–" }
            let cells = ["`\(result.mutant.name)`", result.mutant.breaks, result.mutant.ground.name, result.foundBy] + medians
            lines.append("| \(cells.joined(separator: " | ")) |")
        }
        let found = results.filter(\.isFound).count
        lines.append("\n\(found) of \(results.count) are found within the budget of a pull request.\n")
        return lines.joined(separator: "\n")
    }
}
