import Contracts

extension CatalogAPI {
    public static let listCategories = Endpoint<NoBody, CategoryTree>(
        .get, "/categories", "listCategories", summary: "All categories, as a tree.", access: .public)

    public static let createCategory = Endpoint<CreateCategory, CategoryNode>(
        .post, "/categories", "createCategory", summary: "Adds a category, at the top or below another.", access: .staff, success: 201,
        idempotencyKey: true)

    public static let updateCategory = Endpoint<UpdateCategory, CategoryNode>(
        .patch, "/categories/{id}", "updateCategory", summary: "Renames a category or moves it, with all below it.", access: .staff,
        parameters: [.path("id", .integer, "The category's number.")])

    public static let deleteCategory = Endpoint<NoBody, NoBody>(
        .delete, "/categories/{id}", "deleteCategory", summary: "Removes a category that has no products and none below it.",
        access: .staff, parameters: [.path("id", .integer, "The category's number.")], success: 204)
}

public struct CreateCategory: Codable, Sendable, Hashable {
    /// Unique among the children of its parent.
    public var name: String
    public var parent_id: Int64?

    public init(name: String, parent_id: Int64? = nil) {
        self.name = name
        self.parent_id = parent_id
    }
}

extension CreateCategory: Validatable {
    public func validate(_ check: inout Validation) { check.length(name, in: 1...100, field: "name") }
}

/// What to change of a category; absent fields stay as they are.
public struct UpdateCategory: Codable, Sendable, Hashable {
    public var name: String?
    /// New parent; 0 moves the category to the top.
    public var parent_id: Int64?

    public init(name: String? = nil, parent_id: Int64? = nil) {
        self.name = name
        self.parent_id = parent_id
    }
}

extension UpdateCategory: Validatable {
    public func validate(_ check: inout Validation) { check.length(name, in: 1...100, field: "name") }
}

/// The top categories, each with those below it, by name.
public struct CategoryTree: Codable, Sendable, Hashable {
    public var items: [CategoryNode]

    public init(items: [CategoryNode]) { self.items = items }
}

public struct CategoryNode: Codable, Sendable, Hashable {
    public var id: Int64
    public var name: String
    public var parent_id: Int64?
    public var children: [CategoryNode]

    public init(id: Int64, name: String, parent_id: Int64?, children: [CategoryNode] = []) {
        self.id = id
        self.name = name
        self.parent_id = parent_id
        self.children = children
    }
}
