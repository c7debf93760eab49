import Contracts
import ServiceKit

extension Request {
    /// The `id` of the path, if the caller may touch that account: its owner or staff. Without authentication everybody may.
    func ownedUserID() throws -> Int64 {
        let id = try pathID("id")
        guard let principal else { return id }
        guard principal.isStaff || principal.userID == String(id) else {
            throw Problem.forbidden(code: "not_owner", detail: "This account belongs to somebody else.")
        }
        return id
    }

    /// The id after which the page begins; nil for the first page.
    func pageStart() throws -> Int64? {
        guard let text = cursor else { return nil }
        guard let id = Int64(text) else {
            throw Problem.badRequest(code: "invalid_cursor", detail: "Use the next_cursor of the page before.")
        }
        return id
    }
}
