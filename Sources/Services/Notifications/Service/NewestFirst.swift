import Contracts
import ServiceKit

/// Lists by descending id: the cursor is the last id of the page before.
extension Page {
    /// - Parameter found: up to `limit` + 1 items; one more than asked for says that there is a next page.
    init(newestFirst found: [Item], limit: Int, id: (Item) -> Int64) {
        let items = Array(found.prefix(limit))
        self.init(items: items, next_cursor: found.count > limit ? items.last.map { String(id($0)) } : nil)
    }
}

/// - Throws: ``Problem`` `bad_request` for a cursor that no page gave.
func idCursor(_ text: String?) throws -> Int64? {
    guard let text else { return nil }
    guard let id = Int64(text), id > 0 else {
        throw Problem.badRequest("The cursor is not one that a page gave; leave it out for the first page.")
    }
    return id
}
