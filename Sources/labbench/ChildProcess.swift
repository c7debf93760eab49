import Foundation

/// A process of ours under measurement, ended by its pid.
final class ChildProcess {
    private let process = Process()
    let output = Pipe()

    init(_ executable: URL, _ arguments: [String], captureOutput: Bool = false) throws {
        process.executableURL = executable
        process.arguments = arguments
        process.standardOutput = captureOutput ? output : FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    var pid: Int32 { process.processIdentifier }

    func stop() {
        process.terminate()
        process.waitUntilExit()
    }

    /// For processes that have nothing to tidy up, and for those that must not get the chance.
    func kill() {
        Glibc.kill(pid, SIGKILL)
        process.waitUntilExit()
    }

    /// The next line that it prints; what there is of it when it ends before.
    func readLine() -> String {
        var line = [UInt8]()
        while let byte = try? output.fileHandleForReading.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") { line.append(byte) }
        return String(decoding: line, as: UTF8.self)
    }

    /// The other side of ``readLine()``: prints a line at once.
    static func tell(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }

    /// Waits for the end; what it printed.
    func finish() -> String {
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    /// Another executable of the same build.
    static func sibling(_ name: String) -> URL {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appendingPathComponent(name)
    }

    /// Seconds of processor time that a process has used, in user and kernel mode.
    static func processorSeconds(of pid: Int32) -> Double {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""  // gone: reported as 0
        // The name in parentheses may hold spaces; utime and stime are the 12th and 13th field after it, in ticks.
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let kernel = Double(fields[12]) else { return 0 }
        return (user + kernel) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Anonymous memory of this process in MiB: what it allocated, without mapped files.
    static func anonymousMemory() -> Double {
        let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""  // reported as 0
        for line in text.split(separator: "\n") where line.hasPrefix("RssAnon:") {
            return (Double(line.split(whereSeparator: \.isWhitespace)[1]) ?? 0) / 1024
        }
        return 0
    }

    /// Resident memory of a process in MiB (proportional share): all of it, and what is not cached pages of files, which the system takes
    /// back when it needs them.
    static func memory(of pid: Int32) -> (all: Double, own: Double) {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/smaps_rollup", encoding: .utf8)) ?? ""  // gone: reported as 0
        func mebibytes(_ name: String) -> Double {
            guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("\(name):") }) else { return 0 }
            return (Double(line.split(separator: " ")[1]) ?? 0) / 1024
        }
        return (mebibytes("Pss"), mebibytes("Pss_Anon"))
    }
}
