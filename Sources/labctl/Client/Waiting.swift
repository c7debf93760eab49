import ArgumentParser
import Foundation
import Lab
import Runtime

/// Waits for something outside this process that cannot announce itself.
enum Waiting {
    /// - Throws: ``LabError`` `timedOut` when `condition` is still false after `timeout`.
    static func until(_ timeout: Duration, _ what: String, next: String, _ condition: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + timeout
        var pause = Duration.milliseconds(2)
        while try await !condition() {
            if ContinuousClock.now >= end { throw LabError(.timedOut, "waited \(timeout) for \(what)", next: next) }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(100))
        }
    }
}

enum Arguments {
    static func duration(_ text: String, _ name: String) throws -> Duration {
        guard let duration = Duration(typed: text) else {
            throw ValidationError("\(name) is \"\(text)\": say 500ms, 30s, 2m or 1h, at most a hundred years")
        }
        return duration
    }

    /// A number that counts something.
    static func count(_ number: Int, _ name: String, in range: ClosedRange<Int>) throws {
        guard range.contains(number) else {
            throw ValidationError("\(name) is \(number): it must be \(range.lowerBound) to \(range.upperBound)")
        }
    }
}
