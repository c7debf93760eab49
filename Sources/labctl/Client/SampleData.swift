import Foundation
import Lab
import NIOHTTP1

/// Fills a marketplace through its public API, the same way each time: staff, a seller, three buyers, categories, products, orders.
///
/// Run on a lab that has the data already, it changes nothing.
struct SampleData {
    let base: String
    let staff: SampleAccounts.Account

    /// What takes its time, in words: passwords are hashed with scrypt, in a debug build far longer.
    static let progress = "sample data (hashing its passwords takes the longest)"

    static let password = "sample-password-1"
    static let seller = "seller@example.com"
    static let buyers = ["ada@example.com", "grace@example.com", "linus@example.com"]

    private struct Named: Decodable { var id: Int64 }
    private struct Tokens: Decodable { var access_token: String }

    func create() async throws -> SampleAccounts {
        let anyone = APIClient(base: base)
        var asStaff = anyone
        asStaff.token = try await logIn(staff.email, staff.password)
        let wasThere = try await anyone.send(.POST, "/api/v1/auth/login", ["email": Self.seller, "password": Self.password]).status == 200
        if !wasThere {
            try await accounts(anyone, asStaff)
            try await products(asStaff)
            try await orders()
        }
        struct Page: Decodable { var items: [Named] }
        let products: Page = try await anyone.ask(.GET, "/api/v1/products?limit=200")
        let orders: Page = try await asStaff.ask(.GET, "/api/v1/orders?limit=200")
        let people =
            [SampleAccounts.Account(role: "seller", email: Self.seller, password: Self.password)]
            + Self.buyers.map { SampleAccounts.Account(role: "buyer", email: $0, password: Self.password) }
        return SampleAccounts(accounts: [staff] + people, products: products.items.count, orders: orders.items.count, was_there: wasThere)
    }

    private func logIn(_ email: String, _ password: String) async throws -> String {
        let tokens: Tokens = try await APIClient(base: base).ask(.POST, "/api/v1/auth/login", ["email": email, "password": password])
        return tokens.access_token
    }

    private func accounts(_ anyone: APIClient, _ asStaff: APIClient) async throws {
        struct Register: Encodable {
            var email: String
            var full_name: String
            var password: String
        }
        struct Grant: Encodable { var roles: [String] }
        let people = [
            (Self.seller, "Sample Seller"), (Self.buyers[0], "Ada Lovelace"), (Self.buyers[1], "Grace Hopper"),
            (Self.buyers[2], "Linus Torvalds"),
        ]
        for (email, name) in people {
            let user: Named = try await anyone.ask(.POST, "/api/v1/users", Register(email: email, full_name: name, password: Self.password))
            if email == Self.seller {
                let _: Named = try await asStaff.ask(.PUT, "/api/v1/users/\(user.id)/roles", Grant(roles: ["buyer", "seller"]))
            }
        }
    }

    private struct Product {
        var category: String
        var sku: String
        var name: String
        var price: String
    }

    private static let catalog = [
        Product(category: "Books", sku: "BOOK-1", name: "Designing Data-Intensive Applications", price: "39.90"),
        Product(category: "Books", sku: "BOOK-2", name: "Enterprise Integration Patterns", price: "49.00"),
        Product(category: "Books", sku: "BOOK-3", name: "Microservices Patterns", price: "44.50"),
        Product(category: "Books", sku: "BOOK-4", name: "The Art of Multiprocessor Programming", price: "59.00"),
        Product(category: "Electronics", sku: "ELEC-1", name: "Mechanical Keyboard", price: "99.90"),
        Product(category: "Electronics", sku: "ELEC-2", name: "USB-C Cable", price: "9.50"),
        Product(category: "Electronics", sku: "ELEC-3", name: "Noise-Cancelling Headphones", price: "249.00"),
        Product(category: "Electronics", sku: "ELEC-4", name: "Desk Lamp", price: "35.00"),
        Product(category: "Kitchen", sku: "KITC-1", name: "Espresso Cups, Set of Four", price: "24.00"),
        Product(category: "Kitchen", sku: "KITC-2", name: "Cast-Iron Pan", price: "45.00"),
        Product(category: "Kitchen", sku: "KITC-3", name: "Chef's Knife", price: "79.00"),
        Product(category: "Kitchen", sku: "KITC-4", name: "Pour-Over Coffee Maker", price: "32.50"),
    ]

    private func products(_ asStaff: APIClient) async throws {
        struct Category: Encodable { var name: String }
        struct Create: Encodable {
            var sku: String
            var name: String
            var description: String
            var price: String
            var currency = "USD"
            var category_id: Int64
            var on_hand: Int
        }
        var asSeller = asStaff
        asSeller.token = try await logIn(Self.seller, Self.password)
        var categories = [String: Int64]()
        for (index, product) in Self.catalog.enumerated() {
            if categories[product.category] == nil {
                let made: Named = try await asStaff.ask(.POST, "/api/v1/categories", Category(name: product.category))
                categories[product.category] = made.id
            }
            let _: Named = try await asSeller.ask(
                .POST, "/api/v1/products",
                Create(
                    sku: product.sku, name: product.name, description: "\(product.name), from the sample shop.", price: product.price,
                    category_id: categories[product.category]!, on_hand: 50 + 10 * index))
        }
    }

    private func orders() async throws {
        struct Line: Encodable {
            var product_id: Int64
            var quantity: Int
        }
        struct Place: Encodable {
            var lines: [Line]
            var card: String
        }
        struct Page: Decodable { var items: [Named] }
        let ids = try await (APIClient(base: base).ask(.GET, "/api/v1/products?limit=200&sort=name") as Page).items.map(\.id).sorted()
        for (index, buyer) in Self.buyers.enumerated() {
            var client = APIClient(base: base)
            client.token = try await logIn(buyer, Self.password)
            for number in 0..<2 {
                let first = ids[(index * 4 + number) % ids.count]
                let second = ids[(index * 4 + number + 5) % ids.count]
                let lines = [Line(product_id: first, quantity: 1 + number), Line(product_id: second, quantity: 2)]
                let _: Named = try await client.ask(
                    .POST, "/api/v1/orders", Place(lines: lines, card: "4242424242424242"), key: "sample-\(index)-\(number)")
            }
        }
    }
}

struct SampleAccounts: Codable {
    struct Account: Codable {
        var role: String
        var email: String
        var password: String
    }
    var accounts: [Account]
    var products: Int
    var orders: Int
    var was_there: Bool
}
