import Commerce
import Foundation
import Runtime
import Testing

@Suite struct MoneyTests {
    @Test(arguments: [
        ("99.90", "USD", 9990 as Int64, "99.90"), ("5", "USD", 500, "5.00"), ("-0.5", "EUR", -50, "-0.50"), ("0.07", "BRL", 7, "0.07"),
        ("500", "JPY", 500, "500"), ("1.234", "KWD", 1234, "1.234"), ("92233720368547758.07", "USD", .max, "92233720368547758.07"),
        ("-92233720368547758.08", "USD", .min, "-92233720368547758.08"), ("0", "USD", 0, "0.00"), ("007.10", "USD", 710, "7.10"),
    ])
    func `a decimal string is read exactly and written with the currency's digits`(
        text: String, code: String, minorUnits: Int64, written: String
    ) throws {
        let money = try Money(text, code)
        #expect(money.minorUnits == minorUnits)
        #expect(money.decimal == written)
    }

    @Test(arguments: ["", "-", ".", "1.", ".5", "1,50", "1e3", "+1", "1.2.3", " 1", "1 ", "--1", "0x10", "٣", "1-"])
    func `text that is no decimal number is refused`(text: String) {
        #expect(throws: MoneyError.malformed(text)) { try Money(text, Currency.usd) }
    }

    @Test func `digits that the currency does not have are refused, not rounded`() {
        #expect(throws: MoneyError.tooPrecise("1.001", .usd)) { try Money("1.001", Currency.usd) }
        #expect(throws: MoneyError.tooPrecise("1.5", .jpy)) { try Money("1.5", Currency.jpy) }
    }

    @Test func `what 64 bits cannot hold is an overflow`() throws {
        #expect(throws: MoneyError.overflow) { try Money("92233720368547758.08", Currency.usd) }
        #expect(throws: MoneyError.overflow) { try Money(minorUnits: .max, currency: .usd) + Money(minorUnits: 1, currency: .usd) }
        #expect(throws: MoneyError.overflow) { try Money(minorUnits: .min, currency: .usd).negated() }
        #expect(throws: MoneyError.overflow) { try Money(minorUnits: .max / 2, currency: .usd) * 3 }
    }

    @Test func `what somebody offers has a bound, far below what sums can hold`() throws {
        #expect(try Money(bounded: "10000000000.00", "USD").minorUnits == Money.minorUnitsMax)
        #expect(try Money(bounded: "-1000000000000", "JPY").minorUnits == -Money.minorUnitsMax)
        for text in ["10000000000.01", "-10000000000.01", "92233720368547758.07", "92233720368547758.08"] {
            #expect(throws: MoneyError.aboveBound(.usd)) { try Money(bounded: text, "USD") }
        }
        #expect("\(MoneyError.aboveBound(.usd))" == "must be at most 10000000000.00 USD")
        #expect(throws: MoneyError.malformed(String(repeating: "0", count: 41))) { try Money(String(repeating: "0", count: 41), "USD") }
        #expect(Int64.max / Money.minorUnitsMax > 9_000_000)
    }

    @Test func `two currencies do not mix`() {
        #expect(throws: MoneyError.currenciesDiffer(.usd, .eur)) {
            try Money(minorUnits: 1, currency: .usd) + Money(minorUnits: 1, currency: .eur)
        }
        #expect(throws: MoneyError.unknownCurrency("usd")) { try Money("1", "usd") }
    }

    @Test func `every known currency has an exponent and comes back from its code`() {
        #expect(Currency.allCodes.count > 150)
        for code in Currency.allCodes {
            #expect(Currency(code)?.code == code)
            #expect(code.utf8.count == 3)
        }
        #expect(Currency("JPY")?.exponent == 0)
        #expect(Currency("TND")?.exponent == 3)
    }

    @Test func `random amounts survive a round trip and random shares add up`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("MoneyTests seed \(seed)")
        let random = RandomStream(seed: seed)
        let currencies = Currency.allCodes.compactMap(Currency.init)
        for _ in 0..<5_000 {
            let currency = currencies[random.below(currencies.count)]
            let bits = random.below(64)
            let a = Money(minorUnits: Int64(bitPattern: random.next()) >> bits, currency: currency)
            let b = Money(minorUnits: Int64(bitPattern: random.next()) >> (1 + random.below(63)), currency: currency)
            #expect(try Money(a.decimal, currency) == a, "seed \(seed)")
            #expect(try JSONDecoder().decode(Money.self, from: try JSONEncoder().encode(a)) == a, "seed \(seed)")
            // Against 128 bits: either the exact result, or an overflow that really is one.
            let exact = Int128(a.minorUnits) + Int128(b.minorUnits)
            if let fits = Int64(exactly: exact) {
                #expect(try (a + b).minorUnits == fits, "seed \(seed)")
                #expect(try (a + b) - b == a, "seed \(seed)")
            } else {
                #expect(throws: MoneyError.overflow, "seed \(seed)") { try a + b }
            }
            let weights = (0...random.below(12)).map { _ in Int64(random.below(1_000)) } + [1]
            let shares = try a.allocated(by: weights)
            #expect(try Money.sum(shares, currency: currency) == a, "seed \(seed)")
            for (share, weight) in zip(shares, weights) where weight == 0 { #expect(share.isZero, "seed \(seed)") }
        }
    }

    @Test func `equal shares differ by one minor unit at most and the earlier ones get more`() throws {
        #expect(try Money("299.70", "USD").split(into: 4).map(\.decimal) == ["74.93", "74.93", "74.92", "74.92"])
        #expect(try Money("-0.05", "USD").split(into: 2).map(\.decimal) == ["-0.03", "-0.02"])
        #expect(throws: MoneyError.badWeights) { try Money("1", Currency.usd).split(into: 0) }
        #expect(throws: MoneyError.badWeights) { try Money("1", Currency.usd).allocated(by: [1, -1]) }
    }
}
