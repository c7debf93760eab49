import ArgumentParser
import Foundation
import Lab

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look for what is wrong, and say what to do about it.",
        discussion:
            "EXAMPLE\n  labctl doctor\n\nWorks on a stopped lab too: then it checks the files. Exit code 1 when a check fails, 17 without a lab."
    )
    @OptionGroup var lab: LabOptions

    func run() async throws {
        let directory = try lab.directory()
        let report: DoctorReport
        guard directory.owner != nil || directory.isLab else { throw ControlClient.notRunning(directory) }
        if directory.owner == nil {
            report = Examination.ofStoppedLab(directory)
        } else {
            report = try await lab.client().get("/doctor")
        }
        lab.output.show(report) {
            let width = report.checks.map(\.name.count).max() ?? 0
            for check in report.checks {
                Terminal.line(
                    "\(check.is_ok ? Terminal.green("ok  ") : Terminal.red("FAIL")) \(check.name.padding(width))  \(check.detail)")
                if !check.is_ok, let next = check.next { Terminal.line("     \(Terminal.dim("next:")) \(Advice(next).text)") }
            }
        }
        if !report.isHealthy { throw ExitCode(1) }
    }
}
