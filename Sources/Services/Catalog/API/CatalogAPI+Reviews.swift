import Contracts
import Runtime

extension CatalogAPI {
    public static let listReviews = Endpoint<NoBody, Page<ReviewView>>(
        .get, "/products/{id}/reviews", "listReviews", summary: "Reviews of a product, newest first.", access: .public,
        parameters: [.path("id", .integer, "The product's number.")] + Parameter.paging)

    public static let addReview = Endpoint<AddReview, ReviewView>(
        .post, "/products/{id}/reviews", "addReview", summary: "Reviews a product: once per user.", access: .authenticated,
        parameters: [.path("id", .integer, "The product's number.")], success: 201, idempotencyKey: true)

    public static let updateReview = Endpoint<UpdateReview, ReviewView>(
        .patch, "/products/{id}/reviews/{review_id}", "updateReview", summary: "Changes a review.", access: .ownerOrStaff,
        parameters: [.path("id", .integer, "The product's number."), .path("review_id", .integer, "The review's number.")])

    public static let deleteReview = Endpoint<NoBody, NoBody>(
        .delete, "/products/{id}/reviews/{review_id}", "deleteReview", summary: "Removes a review.", access: .ownerOrStaff,
        parameters: [.path("id", .integer, "The product's number."), .path("review_id", .integer, "The review's number.")], success: 204)

    public static let listFavorites = Endpoint<NoBody, Page<ProductView>>(
        .get, "/favorites", "listFavorites", summary: "The caller's favourite products, the latest first.", access: .authenticated,
        parameters: [.query("user_id", .string, "Whose, where a topology has no authentication.")] + Parameter.paging)

    public static let addFavorite = Endpoint<NoBody, NoBody>(
        .put, "/products/{id}/favorite", "addFavorite", summary: "Marks a product as a favourite. Doing it twice is doing it once.",
        access: .authenticated,
        parameters: [
            .path("id", .integer, "The product's number."),
            .query("user_id", .string, "Whose, where a topology has no authentication."),
        ], success: 204)

    public static let removeFavorite = Endpoint<NoBody, NoBody>(
        .delete, "/products/{id}/favorite", "removeFavorite", summary: "Removes the mark.", access: .authenticated,
        parameters: [
            .path("id", .integer, "The product's number."),
            .query("user_id", .string, "Whose, where a topology has no authentication."),
        ], success: 204)
}

public struct AddReview: Codable, Sendable, Hashable {
    /// 1 to 5 stars.
    public var rating: Int
    public var title: String?
    public var body: String?
    /// Honoured only where a topology has no authentication.
    public var user_id: String?

    public init(rating: Int, title: String? = nil, body: String? = nil, user_id: String? = nil) {
        self.rating = rating
        self.title = title
        self.body = body
        self.user_id = user_id
    }
}

extension AddReview: Validatable {
    public func validate(_ check: inout Validation) {
        check.range(rating, in: 1...5, field: "rating")
        check.length(title, in: 0...200, field: "title")
        check.length(body, in: 0...5_000, field: "body", form: .lines)
    }
}

/// What to change of a review; absent fields stay as they are.
public struct UpdateReview: Codable, Sendable, Hashable {
    public var rating: Int?
    public var title: String?
    public var body: String?

    public init(rating: Int? = nil, title: String? = nil, body: String? = nil) {
        self.rating = rating
        self.title = title
        self.body = body
    }
}

extension UpdateReview: Validatable {
    public func validate(_ check: inout Validation) {
        check.range(rating, in: 1...5, field: "rating")
        check.length(title, in: 0...200, field: "title")
        check.length(body, in: 0...5_000, field: "body", form: .lines)
    }
}

public struct ReviewView: Codable, Sendable, Hashable {
    public var id: Int64
    public var product_id: Int64
    public var user_id: String
    public var rating: Int
    public var title: String
    public var body: String
    public var created_at: Timestamp
    public var updated_at: Timestamp

    public init(
        id: Int64, product_id: Int64, user_id: String, rating: Int, title: String, body: String, created_at: Timestamp,
        updated_at: Timestamp
    ) {
        self.id = id
        self.product_id = product_id
        self.user_id = user_id
        self.rating = rating
        self.title = title
        self.body = body
        self.created_at = created_at
        self.updated_at = updated_at
    }
}
