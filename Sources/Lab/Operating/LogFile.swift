import Foundation
import Telemetry

/// Reads the log of a lab that is not running.
public enum LogFile {
    /// The last lines that fit, oldest first; looks at the newest 4 MiB of the file.
    public static func tail(_ directory: DataDirectory, lines: Int, service: String?, level: String?) -> [LogLine] {
        guard let handle = try? FileHandle(forReadingFrom: directory.logFile) else { return [] }  // no lab has logged yet
        defer { try? handle.close() }  // read-only: nothing can be lost
        let size = (try? handle.seekToEnd()) ?? 0  // an unreadable file has no lines
        let start = size > 4 << 20 ? size - (4 << 20) : 0
        guard (try? handle.seek(toOffset: start)) != nil, let data = try? handle.readToEnd() else { return [] }  // as above
        let decoder = JSONDecoder()
        let filter = LogFilter(service: service, level: level)
        let decoded = data.split(separator: 10).compactMap { try? decoder.decode(LogLine.self, from: $0) }  // the first may be cut in two
        return Array(decoded.filter(filter.passes).suffix(lines))
    }
}

/// Which lines a reader asked for.
public struct LogFilter: Sendable {
    private static let levels = ["trace", "debug", "info", "notice", "warning", "error", "critical"]
    private let service: String?
    private let lowest: Int

    public init(service: String?, level: String?) {
        self.service = service
        lowest = level.flatMap { Self.levels.firstIndex(of: $0) } ?? 0
    }

    public func passes(_ line: LogLine) -> Bool {
        (service == nil || line.service == service) && (Self.levels.firstIndex(of: line.level) ?? 0) >= lowest
    }
}
