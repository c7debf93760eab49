import CatalogAPI
import Contracts
import GRDB

/// Rows of products_category. `path` spells the way from the top (`/1/4/`), so a subtree is a range of paths.
enum CategoryTable {
    static func tree(in db: Database) throws -> CategoryTree {
        let rows = try Row.fetchAll(db, sql: "SELECT id, name, parent_id FROM products_category ORDER BY name COLLATE NOCASE, id")
        let byParent = Dictionary(grouping: rows) { ($0[2] as Int64?) ?? 0 }
        func nodes(below parent: Int64) -> [CategoryNode] {
            (byParent[parent] ?? []).map { CategoryNode(id: $0[0], name: $0[1], parent_id: $0[2], children: nodes(below: $0[0])) }
        }
        return CategoryTree(items: nodes(below: 0))
    }

    static func node(_ id: Int64, in db: Database) throws -> CategoryNode {
        guard let row = try Row.fetchOne(db, sql: "SELECT name, parent_id FROM products_category WHERE id = ?", arguments: [id]) else {
            throw Problem.notFound("category", id)
        }
        return CategoryNode(id: id, name: row[0], parent_id: row[1])
    }

    /// - Throws: ``Problem`` 422 naming the field `category_id`.
    static func require(_ id: Int64, in db: Database) throws {
        guard try path(of: id, in: db) != nil else { throw Problem.unprocessable(field: "category_id", "there is no category \(id)") }
    }

    static func path(of id: Int64, in db: Database) throws -> String? {
        try String.fetchOne(db, sql: "SELECT path FROM products_category WHERE id = ?", arguments: [id])
    }

    static func insert(_ body: CreateCategory, in db: Database) throws -> CategoryNode {
        let parentPath = try parentPath(body.parent_id, in: db)
        try requireDepth(of: parentPath, plus: 1)
        try requireFree(body.name, below: body.parent_id, except: nil, in: db)
        try db.execute(
            sql: "INSERT INTO products_category(parent_id, name, path) VALUES (?, ?, '')", arguments: [body.parent_id, body.name])
        let id = db.lastInsertedRowID
        try db.execute(sql: "UPDATE products_category SET path = ? WHERE id = ?", arguments: ["\(parentPath)\(id)/", id])
        return CategoryNode(id: id, name: body.name, parent_id: body.parent_id)
    }

    static func update(_ id: Int64, with body: UpdateCategory, in db: Database) throws -> CategoryNode {
        let current = try node(id, in: db)
        let name = body.name ?? current.name
        let parent = body.parent_id.map { $0 == 0 ? nil : $0 } ?? current.parent_id
        try requireFree(name, below: parent, except: id, in: db)
        try db.execute(sql: "UPDATE products_category SET name = ?, parent_id = ? WHERE id = ?", arguments: [name, parent, id])
        if parent != current.parent_id { try move(id, below: parent, in: db) }
        return try node(id, in: db)
    }

    /// Rewrites the paths of the category and of all below it.
    private static func move(_ id: Int64, below parent: Int64?, in db: Database) throws {
        let old = try path(of: id, in: db) ?? "/"
        let parentPath = try parentPath(parent, in: db)
        guard !parentPath.hasPrefix(old) else {
            throw Problem.unprocessable(field: "parent_id", "a category cannot move below itself")
        }
        let below = subtree(of: old)
        let deepest = try Int.fetchOne(
            db, sql: "SELECT max(length(path) - length(replace(path, '/', ''))) FROM products_category WHERE path >= ? AND path < ?",
            arguments: [below.lowerBound, below.upperBound])
        try requireDepth(of: parentPath, plus: (deepest ?? depth(of: old) + 1) - depth(of: old))
        try db.execute(
            sql: "UPDATE products_category SET path = ? || substr(path, ?) WHERE path >= ? AND path < ?",
            arguments: ["\(parentPath)\(id)/", old.count + 1, below.lowerBound, below.upperBound])
    }

    static func delete(_ id: Int64, in db: Database) throws {
        _ = try node(id, in: db)
        if try Bool.fetchOne(db, sql: "SELECT EXISTS(SELECT 1 FROM products_category WHERE parent_id = ?)", arguments: [id]) == true {
            throw Problem.conflict(code: "category_not_empty", detail: "There are categories below this one; move or delete them first.")
        }
        if try Bool.fetchOne(
            db, sql: "SELECT EXISTS(SELECT 1 FROM products_product WHERE category_id = ? AND deleted_at IS NULL)", arguments: [id]) == true
        {
            throw Problem.conflict(code: "category_not_empty", detail: "There are products in this category; move or delete them first.")
        }
        try db.execute(sql: "UPDATE products_product SET category_id = NULL WHERE category_id = ?", arguments: [id])
        try db.execute(sql: "DELETE FROM products_category WHERE id = ?", arguments: [id])
    }

    /// All paths that begin with `path`: up to the first text that does not, for `0` follows `/` in ASCII.
    static func subtree(of path: String) -> Range<String> { path..<(String(path.dropLast()) + "0") }

    private static func parentPath(_ parent: Int64?, in db: Database) throws -> String {
        guard let parent else { return "/" }
        guard let path = try path(of: parent, in: db) else {
            throw Problem.unprocessable(field: "parent_id", "there is no category \(parent)")
        }
        return path
    }

    /// `/` has depth 0, `/1/4/` has depth 2.
    private static func depth(of path: String) -> Int { path.utf8.count { $0 == UInt8(ascii: "/") } - 1 }

    private static func requireDepth(of path: String, plus levels: Int) throws {
        guard depth(of: path) + levels <= CatalogLimits.categoryDepthMax else {
            throw Problem.unprocessable(field: "parent_id", "categories are at most \(CatalogLimits.categoryDepthMax) levels deep")
        }
    }

    private static func requireFree(_ name: String, below parent: Int64?, except id: Int64?, in db: Database) throws {
        let other = try Int64.fetchOne(
            db, sql: "SELECT id FROM products_category WHERE coalesce(parent_id, 0) = ? AND name = ? COLLATE NOCASE",
            arguments: [parent ?? 0, name])
        if let other, other != id {
            throw Problem.conflict(code: "category_exists", detail: "Category \(other) has this name and the same parent.")
        }
    }
}
