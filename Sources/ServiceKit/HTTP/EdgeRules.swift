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
        guard path.utf8.contains(where: { $0 == UInt8(ascii: "%") }) || path.lowercased().contains("internal") else { return false }
        return path.split(separator: "/").contains { PercentEncoding.decode($0).lowercased() == "internal" }
    }
}
