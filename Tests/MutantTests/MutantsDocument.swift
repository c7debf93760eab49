import Foundation

/// docs/mutants.md: the table that `make mutants` writes.
struct MutantsDocument {
    let results: [Hunt.Result]

    static let head = """
        # Seeded bugs

        What the simulation is worth shows in what it finds. Each row is a mistake that somebody could make in the platform, as one line at its
        place in the code (`seeded("name")`, see [`SeededBug`](../Sources/Runtime/SeededBug.swift)), planted for one run by a test; a release build
        has none of them. `make mutants` plants each, runs the scenario of its row until an oracle sees it, and writes this table.

        The figures are runs until the first that fails: for each strategy the median of three ranges of 200 seeds, which begin at 1, 1001 and
        2001. – stands for more than 200. A pull request is tested with *portfolio* and the seeds 1 to 200: every bug is found there, or by
        the sweep of all single crashes, whose runs are counted in its own column.

        """

    var text: String {
        var lines = [Self.head]
        lines.append("| Bug | What is broken | Scenario | Found by | fifo | random | pct(3) | portfolio | sweep |")
        lines.append("|---|---|---|---|--:|--:|--:|--:|--:|")
        for result in results {
            let medians = result.sweep == nil ? result.medians.map { $0.runs.map(String.init) ?? "–" } : Hunt.strategies.map { _ in "" }
            let sweep = result.sweep.map { String($0.runs) } ?? ""
            let cells = ["`\(result.mutant.name)`", result.mutant.breaks, result.mutant.ground.name, result.foundBy] + medians + [sweep]
            lines.append("| \(cells.joined(separator: " | ")) |")
        }
        let found = results.filter(\.isFound).count
        lines.append("\n\(found) of \(results.count) are found within the budget of a pull request.\n")
        return lines.joined(separator: "\n")
    }
}
