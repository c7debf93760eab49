import Foundation

enum ProcessMemory {
    /// What this process keeps in memory, shared pages included; nil where the system does not tell.
    static func residentMebibytes() -> Int? {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),  // not on this system
            let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { return nil }
        return pages * 4 / 1024
    }
}
