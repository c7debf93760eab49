import Contracts
import ServiceKit

extension Request {
    /// Who acts: the caller, or where a topology has no authentication whom the request names.
    /// - Throws: ``Problem`` 401 when nobody does.
    func actingUser(named fallback: String? = nil) throws -> String {
        guard let user = principal?.userID ?? fallback else { throw Problem.unauthorized() }
        return user
    }

    /// The id before which a list with the newest first goes on; nil for its first page.
    func cursorID() throws -> Int64? {
        guard let cursor else { return nil }
        guard let id = Int64(cursor) else {
            throw Problem.badRequest(code: "cursor_invalid", detail: "Use the next_cursor of the page before.")
        }
        return id
    }
}

extension Principal? {
    /// Lets the owner and staff pass, and everybody where a topology has no authentication. To be asked inside the transaction that changes
    /// what is owned.
    /// - Throws: ``Problem`` 403 `not_owner`.
    func requireOwner(_ owner: String) throws {
        guard let principal = self, !principal.isStaff, principal.userID != owner else { return }
        throw Problem.forbidden(code: "not_owner", detail: "This belongs to somebody else.")
    }
}
