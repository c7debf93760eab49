/// An exploration in the format that build servers read: a suite for the scenario, a case for each run.
public struct JUnitReport: Sendable, CustomStringConvertible {
    public let description: String

    /// Cases that are written one by one; passing runs beyond are counted in one.
    private static let casesMax = 2_000

    public init(_ exploration: Exploration) {
        var cases = [String]()
        var failures = 0
        var skipped = 0
        if let table = exploration.crashes {
            for row in table.rows {
                failures += row.failures.isEmpty ? 0 : 1
                let name = "crash of \(row.instance) at \(row.point) (\(row.runs) of \(row.reached))"
                guard row.failures.isEmpty, row.runs < row.reached else {
                    let failure = row.failures.first.map { ($0.verdict.kind, Self.text($0)) }
                    cases.append(Self.testCase(exploration.scenario, name, 0, failure))
                    continue
                }
                skipped += 1
                let reason = row.runs == 0 ? "not run" : "\(row.runs) of \(row.reached) were run, and passed"
                cases.append(Self.testCase(exploration.scenario, name, 0, nil, skipped: reason))
            }
        } else {
            let reports = Self.reports(of: exploration)
            var passed = 0
            for run in exploration.runs {
                let isPassed = run.verdict == Verdict.passed.kind
                if isPassed, cases.count >= Self.casesMax {
                    passed += 1
                    continue
                }
                failures += isPassed ? 0 : 1
                let detail = reports[run.number].map { Story($0).description } ?? run.verdict
                cases.append(Self.testCase(exploration.scenario, Self.name(of: run), run.seconds, isPassed ? nil : (run.verdict, detail)))
            }
            if passed > 0 { cases.append(Self.testCase(exploration.scenario, "\(passed) more runs that passed", 0, nil)) }
        }
        for divergence in exploration.divergences {
            failures += 1
            cases.append(
                Self.testCase(exploration.scenario, "seed \(divergence.seed) twice", 0, ("not deterministic", divergence.description)))
        }
        let suite =
            "name=\"\(Self.escaped(exploration.scenario))\" tests=\"\(cases.count)\" failures=\"\(failures)\" errors=\"0\" skipped=\"\(skipped)\" time=\"\(Self.seconds(exploration.seconds))\""
        description =
            (["<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<testsuites>", "  <testsuite \(suite)>"] + cases
            + ["  </testsuite>", "</testsuites>", ""]).joined(separator: "\n")
    }

    /// The reports that were kept, by the numbers of their runs: both are in the order of the plan.
    private static func reports(of exploration: Exploration) -> [Int: RunReport] {
        let failed = exploration.runs.filter { $0.verdict != Verdict.passed.kind }
        return Dictionary(zip(failed.map(\.number), exploration.failures)) { first, _ in first }
    }

    /// Seeds are drawn once each; branches go on from the same ones.
    private static func name(of run: Exploration.Run) -> String {
        run.strategy == "branch" ? "run \(run.number), a branch of seed \(run.seed)" : "seed \(run.seed)"
    }

    private static func text(_ failure: CrashTable.Failure) -> String {
        "the \(ChoiceWords.ordinal(failure.time)) time\n\(failure.verdict.detail)"
    }

    private static func testCase(
        _ suite: String, _ name: String, _ seconds: Double, _ failure: (kind: String, text: String)?,
        skipped: String? = nil
    ) -> String {
        let head = "    <testcase classname=\"\(escaped(suite))\" name=\"\(escaped(name))\" time=\"\(Self.seconds(seconds))\""
        if let skipped { return head + ">\n      <skipped message=\"\(escaped(skipped))\"/>\n    </testcase>" }
        guard let failure else { return head + "/>" }
        return head + ">\n      <failure message=\"\(escaped(failure.kind))\">\(escaped(failure.text))</failure>\n    </testcase>"
    }

    private static func seconds(_ value: Double) -> String {
        let thousandths = Int((value * 1000).rounded())
        let rest = String(thousandths % 1000)
        return "\(thousandths / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
    }

    /// Text and attributes of XML 1.0, which has no place for control characters.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20: result += "?"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
