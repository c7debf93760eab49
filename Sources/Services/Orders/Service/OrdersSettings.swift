import Commerce
import Contracts
import Runtime
import ServiceKit

/// What a topology decides about orders.
struct OrdersSettings: Sendable {
    let checksUsers: Bool
    let hasCatalog: Bool
    let hasPayments: Bool
    let timeouts: CheckoutTimeouts
    /// What orders of a named item are booked in.
    let currency: Currency

    /// - Throws: ``OrdersSettingError`` naming the setting.
    init(_ settings: Settings) throws {
        checksUsers = try Self.isRequired("users", settings)
        hasCatalog = try Self.isRequired("catalog", settings)
        hasPayments = try Self.isRequired("payments", settings)
        timeouts = CheckoutTimeouts(
            reserve: settings.duration("reserve_timeout", default: .seconds(30)),
            authorize: settings.duration("authorize_timeout", default: .seconds(30)))
        let code = settings.string("currency", default: "USD")
        guard let currency = Currency(code) else {
            throw OrdersSettingError(setting: "currency", value: code, expected: "a currency code of ISO 4217, such as USD")
        }
        self.currency = currency
    }

    private static func isRequired(_ name: String, _ settings: Settings) throws -> Bool {
        switch settings.string(name, default: "required") {
        case "required": return true
        case "none": return false
        case let other: throw OrdersSettingError(setting: name, value: other, expected: "required or none")
        }
    }
}

struct OrdersSettingError: Error, CustomStringConvertible {
    let setting: String
    let value: String
    let expected: String
    var description: String { "the setting \(setting) of orders is \"\(value)\": write \(expected)" }
}
