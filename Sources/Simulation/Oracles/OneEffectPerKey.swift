import GRDB

/// However often a client asks under one key, it happens once: there are no more rows than keys that were used.
///
///     OneEffectPerKey("order", in: "orders", "SELECT count(*) FROM orders_order")
///
/// The workload says which keys it uses, before it asks: `lab.journal.record("order asked", key)`.
public struct OneEffectPerKey: Oracle {
    public let name: String
    private let kind: String
    private let service: String
    private let sql: String

    /// - Parameters:
    ///   - kind: of the promises; the questions are noted as `<kind> asked`.
    ///   - sql: one number, how many there are.
    public init(_ kind: String, in service: String, _ sql: String) {
        name = "one \(kind) a key"
        self.kind = kind
        self.service = service
        self.sql = sql
    }

    public func afterSettle(_ view: LabView) throws {
        let keys = Set(view.journal.promises("\(kind) asked").map(\.id))
        guard !keys.isEmpty, view.has(service) else { return }
        let count = try view.number(service, sql)
        try view.expect(count <= keys.count, "at most \(keys.count) times \(kind), for as many keys", "there are \(count)")
    }
}

extension Oracle where Self == OneEffectPerKey {
    public static var oneOrderPerKey: OneEffectPerKey { OneEffectPerKey("order", in: "orders", "SELECT count(*) FROM orders_order") }
}
