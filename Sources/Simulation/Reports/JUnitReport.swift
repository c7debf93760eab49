/// An exploration in the format that build servers read: a suite for the scenario, a case for each run.
public struct JUnitReport: Sendable, CustomStringConvertible {
    public let description: String

    /// Cases that are written one by one; passing runs beyond are counted in one.
    private static let casesMax = 2_000

    public init(_ exploration: Exploration) {
        var cases = [String]()
        var failures = 0
        let reports = Dictionary(exploration.failures.map { ($0.seed, $0) }) { first, _ in first }
        if let table = exploration.crashes {
            for row in table.rows {
                failures += row.failures.isEmpty ? 0 : 1
                cases.append(
                    Self.testCase(
                        exploration.scenario, "crash of \(row.instance) at \(row.point) (\(row.runs) of \(row.reached))", 0,
                        row.failures.first.map { ($0.verdict.kind, Self.text($0)) }))
            }
        } else {
            var skipped = 0
            for run in exploration.runs {
                let isPassed = run.verdict == Verdict.passed.kind
                if isPassed, cases.count >= Self.casesMax {
                    skipped += 1
                    continue
                }
                failures += isPassed ? 0 : 1
                let detail = reports[run.seed].map { Story($0).description } ?? run.verdict
                cases.append(Self.testCase(exploration.scenario, "seed \(run.seed)", run.seconds, isPassed ? nil : (run.verdict, detail)))
            }
            if skipped > 0 { cases.append(Self.testCase(exploration.scenario, "\(skipped) more seeds", 0, nil)) }
        }
        for divergence in exploration.divergences {
            failures += 1
            cases.append(
                Self.testCase(exploration.scenario, "seed \(divergence.seed) twice", 0, ("not deterministic", divergence.description)))
        }
        let suite =
            "name=\"\(Self.escaped(exploration.scenario))\" tests=\"\(cases.count)\" failures=\"\(failures)\" errors=\"0\" time=\"\(Self.seconds(exploration.seconds))\""
        description =
            (["<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<testsuites>", "  <testsuite \(suite)>"] + cases
            + ["  </testsuite>", "</testsuites>", ""]).joined(separator: "\n")
    }

    private static func text(_ failure: CrashTable.Failure) -> String {
        "the \(ChoiceWords.ordinal(failure.time)) time\n\(failure.verdict.detail)"
    }

    private static func testCase(_ suite: String, _ name: String, _ seconds: Double, _ failure: (kind: String, text: String)?) -> String {
        let head = "    <testcase classname=\"\(escaped(suite))\" name=\"\(escaped(name))\" time=\"\(Self.seconds(seconds))\""
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
