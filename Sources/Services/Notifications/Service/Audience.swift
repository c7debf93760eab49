import Contracts
import ServiceKit

/// Whose notifications a request is about, and whether it may ask: users their own, staff anybody's. Where the topology has no
/// authentication there is no principal, and everything is open.
struct Audience: Sendable {
    let principal: Principal?
    /// The `user_id` of the query.
    let named: String?

    init(_ request: Request<some Sendable>) {
        principal = request.principal
        named = request.query("user_id")
    }

    /// Nil for everyone's.
    func userOrEveryone() throws -> String? {
        guard let principal, !principal.isStaff else { return named }
        guard named == nil || named == principal.userID else { throw Self.notYours }
        return principal.userID
    }

    /// One user: the one named, or the caller.
    func user() throws -> String {
        if let user = try userOrEveryone() ?? principal?.userID { return user }
        throw Problem.badRequest("Say whose: add ?user_id=… .", code: "user_id_required")
    }

    /// - Throws: ``Problem`` 404, the same as for an id that does not exist: ids of others are not to be found out.
    func require(owner: String, of id: Int64) throws {
        guard let principal, !principal.isStaff, principal.userID != owner else { return }
        throw Problem.notFound("notification", id)
    }

    private static var notYours: Problem {
        .forbidden("These are another user's; only staff may see them.", code: "not_your_notifications")
    }
}
