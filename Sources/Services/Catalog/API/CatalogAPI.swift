import Contracts
import Messaging

/// What the catalog offers: products and their categories, images, stock, reviews and favourites, search, and the stock side of checkouts.
public enum CatalogAPI: ServiceAPI {
    public static let name = "catalog"
    public static let summary = "Products, categories, stock, reviews, favourites and search."

    public static let endpoints: [EndpointDeclaration] = [
        listCategories.declaration, createCategory.declaration, updateCategory.declaration, deleteCategory.declaration,
        listProducts.declaration, createProduct.declaration, product.declaration, updateProduct.declaration, deleteProduct.declaration,
        addImage.declaration, updateImage.declaration, deleteImage.declaration,
        inventory.declaration, adjustInventory.declaration, adjustments.declaration, reservation.declaration,
        listReviews.declaration, addReview.declaration, updateReview.declaration, deleteReview.declaration,
        listFavorites.declaration, addFavorite.declaration, removeFavorite.declaration,
        internalProducts.declaration,
    ]

    public static let topics = [events, commands]

    public static let messages = [
        MessageDeclaration(productCreated), MessageDeclaration(productUpdated), MessageDeclaration(productDeleted),
        MessageDeclaration(reviewAdded),
        MessageDeclaration(stockAdjusted), MessageDeclaration(stockReservedEvent), MessageDeclaration(stockReleasedEvent),
        MessageDeclaration(stockCommittedEvent),
        MessageDeclaration(reserve), MessageDeclaration(release), MessageDeclaration(commit),
        MessageDeclaration(reserved), MessageDeclaration(refused), MessageDeclaration(released), MessageDeclaration(committed),
    ]
}
