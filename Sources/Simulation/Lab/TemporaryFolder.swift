import Foundation
import Lab

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A folder for one run: in memory where there is /dev/shm, else where the system keeps temporary files.
struct TemporaryFolder: Sendable {
    let url: URL

    init(_ name: String) throws {
        let base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : NSTemporaryDirectory()
        var template = Array("\(base)/servicelab-\(name)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw LabError(.failed, "no temporary folder can be made in \(base)", why: String(cString: strerror(errno)))
        }
        url = URL(fileURLWithPath: String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }

    /// What cannot be removed is left to the system's own cleaning.
    func remove() { try? FileManager.default.removeItem(at: url) }
}
