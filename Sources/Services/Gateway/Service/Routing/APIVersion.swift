import Contracts
import Foundation
import Runtime
import ServiceKit

/// Versions of the interface by path: `/api/v1/…`. Unknown versions are refused with the list of known ones; deprecated ones still work
/// and say so with `Deprecation` (RFC 9745) and `Sunset` (RFC 8594).
///
/// Settings: `api_versions`, comma-separated, `v1` by default; `api_deprecated`: `v1=2026-06-30T00:00:00Z` names the day of the sunset.
struct APIVersions: Sendable {
    private let known: [String]
    private let deprecated: [String: (since: String, sunset: String)]

    init(settings: Settings) throws {
        known = settings.string("api_versions", default: "v1").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        var deprecated = [String: (since: String, sunset: String)]()
        for entry in settings.string("api_deprecated", default: "").split(separator: ",") {
            let pair = entry.split(separator: "=")
            guard pair.count == 2, let sunset = Timestamp(rfc3339: String(pair[1])) else {
                throw Problem(
                    status: 500, code: "setting_invalid", detail: "api_deprecated must look like v1=2026-06-30T00:00:00Z, not \(entry)")
            }
            deprecated[String(pair[0])] = ("@\(sunset.secondsSinceEpoch)", HTTPDate.format(sunset))
        }
        self.deprecated = deprecated
    }

    /// - Throws: ``Problem`` 404 `api_version_unknown`.
    /// - Returns: headers for the answer; empty for a version that is not deprecated.
    func check(_ path: String) throws -> [(String, String)] {
        guard path.utf8.starts(with: "/api/v".utf8) else { return [] }
        let segment = path.utf8.dropFirst(5).prefix { $0 != UInt8(ascii: "/") }
        guard segment.dropFirst().allSatisfy({ (48...57).contains($0) }), segment.count > 1 else { return [] }
        guard known.contains(where: { $0.utf8.elementsEqual(segment) }) else {
            throw Problem.notFound(
                code: "api_version_unknown",
                detail: "There is no version \(String(Substring(segment))) of this interface; known: \(known.joined(separator: ", ")).")
        }
        if deprecated.isEmpty { return [] }
        guard let notice = deprecated[String(Substring(segment))] else { return [] }
        return [("Deprecation", notice.since), ("Sunset", notice.sunset)]
    }
}
