import Contracts
import Runtime

/// What happens to a request at a network listener, before anything looks at it: identity headers from outside are removed,
/// internal endpoints do not exist, a bearer token is turned into a principal.
struct EdgeRules: Sendable {
    let tokens: (any TokenVerifying)?
    let world: World

    /// - Throws: ``Problem`` 404 `internal_endpoint`. A bad token is only noted: public endpoints do not need one.
    func admit(_ request: inout RawRequest) throws {
        request.headers.remove("X-User-ID")
        request.headers.remove("X-User-Roles")
        request.principal = nil
        if Self.isInternal(request.path) {
            throw Problem.notFound(code: "internal_endpoint", detail: "Paths under /internal are for services of the lab only.")
        }
        guard let tokens, let token = request.bearerToken else { return }
        do {
            request.principal = try tokens.principal(bearer: token, now: world.now)
        } catch let problem as Problem {
            request.refusedToken = problem
        } catch {
            request.refusedToken = Problem.unauthorized(code: "token_invalid", detail: "The access token is not valid.")
        }
    }

    /// Whether any segment is `internal`, in whatever spelling a router behind might accept: `/users/api/v1/internal/…`, `/%69nternal/`.
    static func isInternal(_ path: String) -> Bool {
        var path = path
        return path.withUTF8 { bytes in
            var start = 0
            while start < bytes.count {
                let end = bytes[start...].firstIndex(of: UInt8(ascii: "/")) ?? bytes.count
                let segment = bytes[start..<end]
                if segment.count == Self.word.utf8CodeUnitCount {
                    if zip(segment, 0...).allSatisfy({ $0 | 0x20 == Self.word.utf8Start[$1] }) { return true }
                } else if segment.contains(UInt8(ascii: "%")),
                    PercentEncoding.decode(String(decoding: segment, as: UTF8.self)).lowercased() == "\(Self.word)"
                {
                    return true
                }
                start = end + 1
            }
            return false
        }
    }

    private static let word: StaticString = "internal"
}
