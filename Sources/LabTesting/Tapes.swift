import Foundation
import Simulation

/// Runs that failed once and must not fail again: files in `Fixtures/tapes`.
///
///     @Test(arguments: Tapes.named("checkout")) func regression(_ tape: Tape) async throws { try await expectReplay(tape) }
public enum Tapes {
    /// The tapes of a scenario and of those whose names begin with it and a dot, sorted by file name; none where there is no such folder.
    ///
    /// - Parameter file: a source file of the package whose tapes are meant; its `Fixtures/tapes` stands beside `Package.swift`.
    public static func named(_ scenario: String, of file: String = #filePath) -> [Tape] {
        let folder = folder(of: file)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []  // no folder: no tapes yet
        return names.filter { $0.hasSuffix(".json") }.sorted().compactMap { name in
            do {
                let tape = try Tape.read(folder.appendingPathComponent(name))
                return tape.scenario == scenario || tape.scenario.hasPrefix(scenario + ".") ? tape : nil
            } catch {
                preconditionFailure("\(folder.path)/\(name) cannot be replayed: \(error)")
            }
        }
    }

    /// `Fixtures/tapes` beside the `Package.swift` above a source file.
    public static func folder(of file: String = #filePath) -> URL {
        var directory = URL(fileURLWithPath: file).deletingLastPathComponent()
        for _ in 0..<32 {
            if FileManager.default.fileExists(atPath: directory.appendingPathComponent("Package.swift").path) { break }
            directory.deleteLastPathComponent()
        }
        return directory.appendingPathComponent("Fixtures/tapes")
    }

    /// Where the tapes of failing runs wait to be looked at: `$LAB_TAPES`, else a folder for temporary files. `Fixtures/tapes` is written by
    /// people only, when they have decided to keep a run.
    static var waiting: URL {
        let place = ProcessInfo.processInfo.environment["LAB_TAPES"].map { URL(fileURLWithPath: $0) }
        return place ?? FileManager.default.temporaryDirectory.appendingPathComponent("servicelab-tapes")
    }

    static func keep(_ tape: Tape, in folder: URL) throws -> URL {
        let cause = (tape.oracle ?? "failed").map { $0.isLetter || $0.isNumber ? String($0) : "-" }.joined()
        let file = folder.appendingPathComponent("\(tape.scenario)-\(cause)-\(tape.seed).json")
        try tape.write(to: file)
        return file
    }
}
