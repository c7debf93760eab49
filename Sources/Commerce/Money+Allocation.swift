/// Dividing money without losing or inventing a minor unit.
extension Money {
    /// Shares in proportion to `weights`; their sum is exactly this amount.
    ///
    /// Each share is rounded towards zero, then the units left over go one each to the shares with the largest remainders
    /// (the earlier one when equal): the method of largest remainders. A negative amount is divided like its positive twin.
    /// - Throws: ``MoneyError/badWeights`` when there is no positive weight or a negative one.
    public func allocated(by weights: [Int64]) throws(MoneyError) -> [Money] {
        guard weights.allSatisfy({ $0 >= 0 }) else { throw .badWeights }
        let totalWeight = weights.reduce(Int128(0)) { $0 + Int128($1) }
        guard totalWeight > 0 else { throw .badWeights }
        let amount = Int128(minorUnits.magnitude)
        // 63 bits of amount times 63 bits of weight fit in 127 bits.
        var shares = weights.map { amount * Int128($0) / totalWeight }
        let remainders = weights.map { amount * Int128($0) % totalWeight }
        let left = Int(amount - shares.reduce(0, +))
        let order = weights.indices.sorted { (remainders[$1], $0) < (remainders[$0], $1) }
        for index in order.prefix(left) { shares[index] += 1 }
        return shares.map { Money(minorUnits: Int64(minorUnits < 0 ? -$0 : $0), currency: currency) }
    }

    /// `count` shares that differ by one minor unit at most.
    public func split(into count: Int) throws(MoneyError) -> [Money] {
        guard count > 0 else { throw .badWeights }
        return try allocated(by: Array(repeating: 1, count: count))
    }
}
