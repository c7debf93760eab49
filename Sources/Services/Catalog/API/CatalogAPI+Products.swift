import Contracts

extension CatalogAPI {
    public static let listProducts = Endpoint<NoBody, ProductList>(
        .get, "/products", "listProducts", summary: "Lists and searches products; with `facets=true` also counts what was found.",
        access: .public,
        parameters: [
            .query("q", .string, "Words to look for in name, description and SKU; the last one may be incomplete."),
            .query("category_id", .integer, "Only this category and those below it."),
            .query("seller_id", .string, "Only this seller's products."),
            .query("currency", .string, "Only prices in this currency. Needed with a price bound or a sort by price."),
            .query("min_price", .string, "Lowest price, a decimal string."),
            .query("max_price", .string, "Highest price, a decimal string."),
            .query("min_rating", .integer, "Lowest average rating, 1 to 5."),
            .query("in_stock", .boolean, "Only products that can be bought now."),
            .query(
                "sort", .string, "Order of the list; `relevance` when there are words, else `newest`.",
                allowed: ProductSort.allCases.map(\.rawValue)),
            .query("facets", .boolean, "Adds counts by category, seller, price and rating."),
        ] + Parameter.paging)

    public static let createProduct = Endpoint<CreateProduct, ProductView>(
        .post, "/products", "createProduct", summary: "Adds a product to the caller's offers.", access: .roles(["seller", "staff"]),
        success: 201, idempotencyKey: true)

    public static let product = Endpoint<NoBody, ProductView>(
        .get, "/products/{id}", "getProduct", summary: "One product with its images, rating and available quantity.", access: .public,
        parameters: [.path("id", .integer, "The product's number.")])

    public static let updateProduct = Endpoint<UpdateProduct, ProductView>(
        .patch, "/products/{id}", "updateProduct", summary: "Changes a product; with `revision` only if nobody changed it since.",
        access: .ownerOrStaff, parameters: [.path("id", .integer, "The product's number.")])

    public static let deleteProduct = Endpoint<NoBody, NoBody>(
        .delete, "/products/{id}", "deleteProduct", summary: "Takes a product out of the catalog. Orders that hold stock of it go on.",
        access: .ownerOrStaff, parameters: [.path("id", .integer, "The product's number.")], success: 204)

    public static let addImage = Endpoint<AddImage, ProductView>(
        .post, "/products/{id}/images", "addProductImage", summary: "Adds an image, at the end or at a position.", access: .ownerOrStaff,
        parameters: [.path("id", .integer, "The product's number.")], success: 201)

    public static let updateImage = Endpoint<UpdateImage, ProductView>(
        .patch, "/products/{id}/images/{image_id}", "updateProductImage", summary: "Moves an image or changes its alternative text.",
        access: .ownerOrStaff,
        parameters: [.path("id", .integer, "The product's number."), .path("image_id", .integer, "The image's number.")])

    public static let deleteImage = Endpoint<NoBody, NoBody>(
        .delete, "/products/{id}/images/{image_id}", "deleteProductImage", summary: "Removes an image.", access: .ownerOrStaff,
        parameters: [.path("id", .integer, "The product's number."), .path("image_id", .integer, "The image's number.")], success: 204)

    public static let internalProducts = Endpoint<QuoteProducts, ProductQuotes>(
        .post, "/internal/products/quote", "quoteProducts",
        summary: "Current prices of some products. Unknown numbers are left out of the answer.", access: .internal)
}

/// Order of a list of products.
public enum ProductSort: String, Codable, Sendable, Hashable, CaseIterable {
    case relevance, newest, name, rating
    case priceAscending = "price_asc"
    case priceDescending = "price_desc"
}
