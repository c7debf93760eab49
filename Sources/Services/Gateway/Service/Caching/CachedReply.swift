import Contracts
import Foundation
import Runtime
import ServiceKit

/// An answer with its entity tag, ready to be given.
final class CachedReply: Sendable {
    let reply: RawReply
    let tag: String
    let bytes: Int

    init(_ reply: RawReply, tag: String) {
        self.reply = reply
        self.tag = tag
        bytes = reply.body.count + reply.headers.reduce(256) { $0 + $1.name.utf8.count + $1.value.utf8.count + 32 }
    }

    /// Whether a shared cache may keep the answer (RFC 9111, section 3, as far as it applies to public GETs).
    static func mayKeep(_ reply: RawReply) -> Bool {
        guard reply.status == 200, reply.stream == nil, reply.headers["Set-Cookie"] == nil, reply.headers["Vary"] == nil else {
            return false
        }
        guard let control = reply.headers["Cache-Control"]?.lowercased() else { return true }
        return !control.contains("no-store") && !control.contains("private") && !control.contains("no-cache")
    }
}

/// Entity tags (RFC 9110, section 8.8.3): weak, a hash of the body, so that equal answers have equal tags in every process.
enum EntityTag {
    static func of(_ body: Data) -> String { "W/\"" + String(body.withUnsafeBytes { StableHash.of($0) }, radix: 16) + "\"" }

    /// Whether `If-None-Match` names `tag`; the comparison is the weak one.
    static func matches(_ condition: String, _ tag: String) -> Bool {
        if condition == tag || condition == "*" { return true }
        guard condition.utf8.contains(UInt8(ascii: ",")) || !condition.hasPrefix("W/") else { return false }
        let wanted = opaque(tag[...])
        return condition.split(separator: ",").contains { opaque($0) == wanted }
    }

    private static func opaque(_ tag: Substring) -> Substring {
        let tag = tag.drop { $0 == " " }
        let strong = tag.hasPrefix("W/") ? tag.dropFirst(2) : tag
        return strong.prefix { $0 != " " }
    }
}
