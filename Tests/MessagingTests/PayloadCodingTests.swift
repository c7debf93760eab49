import Foundation
import Messaging
import Runtime
import Testing

/// Payloads are the text that Foundation would write, and are read as Foundation would read them.
@Suite struct PayloadCodingTests {
    struct Line: Codable, Hashable {
        var product_id: Int64?
        var name: String
        var quantity: Int
    }

    enum Choice: Codable, Hashable {
        case none, one(Int), named(first: String, second: [Double])
    }

    enum Status: String, Codable { case open, closed }

    struct Order: Codable, Hashable {
        var id: UInt64
        var total: Double
        var ratio: Float
        var small: Int8
        var is_paid: Bool
        var status: Status
        var note: String?
        var lines: [Line]
        var labels: [String: Int]
        var byNumber: [Int: String]
        var choices: [Choice]
        var grid: [[Int?]]
        var bytes: Data
        var at: Date
        var created_at: Timestamp
        var link: URL
        var price: Decimal
        var key: UUID
    }

    /// Any value of each property, the awkward ones among them.
    static func order(_ random: RandomStream) -> Order {
        let texts = [
            "", "plain", "with \"quotes\" and \\ and /", "line\nbreak\ttab\r\u{08}\u{0c}", "\u{0}\u{1f}\u{7f}", "Grüße, 日本, 🧪", "e\u{301}",
            "\u{2028}",
        ]
        let doubles = [0, 1, -1, 0.1, 1e300, -1e-300, 123.456, 1e15, 1e16, 5e-324]
        let numbers = [0, 1, -1, 9, 10, 99_999, .max, .min]
        func text() -> String { texts[random.below(texts.count)] }
        func number() -> Int { numbers[random.below(numbers.count)] }
        func double() -> Double { doubles[random.below(doubles.count)] }
        func several<T>(_ make: () -> T) -> [T] { (0..<random.below(4)).map { _ in make() } }
        return Order(
            id: [0, 1, .max][random.below(3)], total: double(), ratio: Float(random.below(200) - 100) / 8,
            small: Int8(random.below(256) - 128),
            is_paid: random.below(2) == 0, status: random.below(2) == 0 ? .open : .closed, note: random.below(2) == 0 ? nil : text(),
            lines: several { Line(product_id: random.below(2) == 0 ? nil : 7, name: text(), quantity: number()) },
            labels: Dictionary(several { (text(), number()) }) { first, _ in first }, byNumber: [1: text(), -2: text()],
            choices: several { [Choice.none, .one(number()), .named(first: text(), second: [double(), double()])][random.below(3)] },
            grid: [[], [number(), nil], [nil]], bytes: Data(several { UInt8(random.below(256)) }),
            at: Date(timeIntervalSinceReferenceDate: Double(number() % 1_000_000)),
            created_at: Timestamp(microseconds: Int64(random.below(1_000_000_000))), link: URL(string: "https://example.org/a?b=c")!,
            price: Decimal(string: "12.5")!, key: UUID(uuidString: "00000000-0000-7000-8000-00000000000A")!)
    }

    @Test func `a payload is the text that Foundation writes with sorted keys`() throws {
        let foundation = JSONEncoder()
        foundation.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let seed = UInt64.random(in: 0 ... .max)
        let random = RandomStream(seed: seed)
        for _ in 0..<300 {
            let order = Self.order(random)
            let text = String(decoding: try PayloadCoding.encode(order), as: UTF8.self)
            #expect(text == String(decoding: try foundation.encode(order), as: UTF8.self), "seed \(seed)")
        }
    }

    @Test func `a payload is read back as it was, indented or not`() throws {
        let foundation = JSONEncoder()
        foundation.outputFormatting = .prettyPrinted
        let seed = UInt64.random(in: 0 ... .max)
        let random = RandomStream(seed: seed)
        for _ in 0..<300 {
            let order = Self.order(random)
            #expect(try PayloadCoding.decode(Order.self, from: PayloadCoding.encode(order)) == order, "seed \(seed)")
            #expect(try PayloadCoding.decode(Order.self, from: foundation.encode(order)) == order, "seed \(seed)")
        }
    }

    @Test(arguments: [
        "", "{", "[1,]", #"{"a":1,}"#, #"{"a" 1}"#, "01", "1.", "+1", "1e", ".5", "tru", "nul", "\"a", "\"\u{1}\"", "[1] 2", "{a:1}", "'a'",
        "[1 2]",
        "NaN", "-", #""\x""#, #""\ud800""#, #""\u12g4""#,
    ])
    func `what is not JSON is refused`(_ text: String) {
        #expect(throws: DecodingError.self) { try PayloadCoding.decode([String].self, from: Data(text.utf8)) }
        #expect(throws: DecodingError.self) { try PayloadCoding.decode(String.self, from: Data(text.utf8)) }
        #expect(throws: DecodingError.self) { try PayloadCoding.decode(Double.self, from: Data(text.utf8)) }
    }

    @Test func `bytes that are not UTF-8 are refused`() {
        #expect(throws: DecodingError.self) { try PayloadCoding.decode(String.self, from: Data([0x22, 0xff, 0x22])) }
        #expect(throws: DecodingError.self) { try PayloadCoding.decode(String.self, from: Data([0x22, 0x5c, 0x6e, 0xc3, 0x22])) }
    }

    @Test func `nesting has a limit`() {
        let text = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
        #expect(throws: DecodingError.self) { try PayloadCoding.decode([Int].self, from: Data(text.utf8)) }
    }

    @Test func `an error says where it is`() throws {
        let text = #"{"lines":[{"name":"a","quantity":1},{"name":"b","quantity":"many"}]}"#
        struct Lines: Codable { var lines: [Line] }
        do {
            _ = try PayloadCoding.decode(Lines.self, from: Data(text.utf8))
            Issue.record("it was read")
        } catch DecodingError.typeMismatch(_, let context) {
            #expect(context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue } == ["lines", "1", "quantity"])
        }
    }

    @Test func `a number must fit its type`() throws {
        #expect(throws: DecodingError.self) { try PayloadCoding.decode(Int8.self, from: Data("128".utf8)) }
        #expect(throws: DecodingError.self) { try PayloadCoding.decode(UInt.self, from: Data("-1".utf8)) }
        #expect(throws: DecodingError.self) { try PayloadCoding.decode(Int.self, from: Data("1.5".utf8)) }
        #expect(throws: DecodingError.self) { try PayloadCoding.decode(Int.self, from: Data("9223372036854775808".utf8)) }
        #expect(throws: DecodingError.self) { try PayloadCoding.decode(Double.self, from: Data("1e999".utf8)) }
        #expect(try PayloadCoding.decode(Int.self, from: Data("1e3".utf8)) == 1000)
        #expect(try PayloadCoding.decode(Int8.self, from: Data("-128".utf8)) == -128)
    }

    @Test func `escapes and surrogate pairs are read`() throws {
        let text = #""a\\\"\/\b\f\n\r\t\u00e9\ud83e\uddEA""#
        #expect(try PayloadCoding.decode(String.self, from: Data(text.utf8)) == "a\\\"/\u{8}\u{c}\n\r\té🧪")
    }
}
