import Contracts

/// Recognises paths to endpoints that are for services only, however they are written.
///
/// Looked at in the path of the request and again in the path that would go to the service, so that neither a prefix that is taken off,
/// nor doubled slashes, nor percent-encoding, nor dot segments lead past it.
enum InternalPath {
    /// Whether a service, which takes `/api` and `/api/v1` off by itself, would find `internal` first.
    static func isInternal(_ path: String) -> Bool {
        if path.utf8.contains(UInt8(ascii: "%")) { return leadsToInternal(PercentEncoding.decode(PercentEncoding.decode(path))) }
        return leadsToInternal(path)
    }

    /// Whether the path goes up or stands still, as `/a/../internal` does. No client needs that.
    static func hasDotSegments(_ path: String) -> Bool {
        var path = path
        if path.utf8.contains(UInt8(ascii: "%")) { path = PercentEncoding.decode(PercentEncoding.decode(path)) }
        if path.utf8.contains(UInt8(ascii: "\\")) { return true }
        guard path.utf8.contains(UInt8(ascii: ".")) else { return false }
        return path.utf8.split(separator: UInt8(ascii: "/")).contains { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) }
    }

    private static func leadsToInternal(_ path: String) -> Bool {
        var rest = Substring(path).utf8
        while true {
            rest = rest.drop { $0 == UInt8(ascii: "/") }
            let segment = rest.prefix { $0 != UInt8(ascii: "/") }
            if equal(segment, "internal") { return true }
            guard equal(segment, "api") || isVersion(segment) else { return false }
            rest = rest[segment.endIndex...]
        }
    }

    private static func isVersion(_ segment: Substring.UTF8View) -> Bool {
        guard let first = segment.first, first | 0x20 == UInt8(ascii: "v") else { return false }
        return segment.dropFirst().allSatisfy { (48...57).contains($0) }
    }

    /// Without regard to the case of letters.
    private static func equal(_ segment: Substring.UTF8View, _ word: StaticString) -> Bool {
        var position = 0
        for byte in segment {
            guard position < word.utf8CodeUnitCount, byte | 0x20 == word.utf8Start[position] else { return false }
            position += 1
        }
        return position == word.utf8CodeUnitCount
    }
}
