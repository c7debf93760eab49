import ArgumentParser
import Foundation
import Lab

/// Turns any error into what is printed on standard error and the exit code.
struct Failure {
    private let error: any Error

    init(_ error: any Error) { self.error = error }

    func showAndExit() -> Never {
        if let code = error as? ExitCode { exit(code.rawValue) }
        if let error = error as? LabError { show(error) }
        if error is CancellationError { exit(130) }
        let code = Labctl.exitCode(for: error)
        if code == .success {  // --help and --version arrive as errors
            print(Labctl.fullMessage(for: error))
            exit(0)
        }
        if code == .validationFailure {
            show(UsageComplaint(Array(CommandLine.arguments.dropFirst()), error).error)
        }
        show(LabError(.failed, "\(error)"))
    }

    private func show(_ failure: LabError) -> Never {
        let error = LabError(failure.kind, failure.what, why: failure.why, next: failure.next.map { Advice($0).text })
        if CommandLine.arguments.contains("--json") {
            Terminal.complain(Output.text(of: ["error": error], pretty: false))
        } else {
            Terminal.complain("\(Terminal.red("labctl:")) \(error.what)")
            for line in (error.why ?? "").split(separator: "\n") { Terminal.complain("  \(line)") }
            if let next = error.next { Terminal.complain("  \(Terminal.dim("next:")) \(next)") }
        }
        exit(error.kind.exitCode)
    }
}
