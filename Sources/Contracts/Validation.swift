/// What is wrong with one field of a request's body.
public struct FieldError: Codable, Sendable, Hashable {
    /// Path of the field as the client wrote it: `lines[0].quantity`. Empty for the body as a whole.
    public var field: String
    public var message: String

    public init(field: String, message: String) {
        self.field = field
        self.message = message
    }
}

/// A body that has rules beyond its types. They are checked after decoding, before the handler; all failures are reported together.
public protocol Validatable {
    func validate(_ check: inout Validation)
}

/// Collects what is wrong with a body.
///
///     func validate(_ check: inout Validation) {
///         check.require(quantity >= 1, field: "quantity", "must be at least 1")
///         check.each("lines", lines)
///     }
public struct Validation: Sendable {
    public private(set) var errors = [FieldError]()
    private var prefix = ""

    public init() {}

    /// All rules of `value`.
    public static func errors(of value: some Validatable) -> [FieldError] {
        var check = Validation()
        value.validate(&check)
        return check.errors
    }

    public mutating func require(_ condition: Bool, field: String, _ message: @autoclosure () -> String) {
        if !condition { errors.append(FieldError(field: prefix + field, message: message())) }
    }

    /// What `length` allows in a text.
    public enum TextForm: Sendable {
        /// Names, keys, titles: no control characters.
        case line
        /// Descriptions, reviews, messages: no control characters but tab and line breaks.
        case lines
    }

    /// The text is not only blanks, has `bounds` characters and none that `form` excludes.
    ///
    /// Characters are Unicode code points, as JSON Schema and SQLite count them. What Swift calls a `Character` has no bound: any number of
    /// accents may stand on one letter. A code point has at most four bytes, so a bound on these is a bound on memory and messages too.
    public mutating func length(_ text: String?, in bounds: ClosedRange<Int>, field: String, form: TextForm = .line) {
        guard let text else { return }
        let count = text.unicodeScalars.count
        if bounds.lowerBound > 0 && text.allSatisfy(\.isWhitespace) {
            require(false, field: field, "must not be empty")
        } else if !bounds.contains(count) {
            let wanted = bounds.lowerBound > 0 ? "\(bounds.lowerBound) to \(bounds.upperBound)" : "at most \(bounds.upperBound)"
            require(false, field: field, "must have \(wanted) characters, has \(count)")
        } else {
            let isClean = text.unicodeScalars.allSatisfy { scalar in
                scalar.properties.generalCategory != .control || form == .lines && ["\t", "\n", "\r"].contains(scalar)
            }
            require(isClean, field: field, "must not have control characters" + (form == .lines ? " other than tabs and line breaks" : ""))
        }
    }

    public mutating func range<N: Comparable>(_ value: N?, in bounds: ClosedRange<N>, field: String) {
        guard let value else { return }
        require(bounds.contains(value), field: field, "must be between \(bounds.lowerBound) and \(bounds.upperBound)")
    }

    /// The rules of a nested value; its fields are reported below `field`.
    public mutating func nested(_ field: String, _ value: (some Validatable)?) {
        guard let value else { return }
        within(field + ".") { value.validate(&$0) }
    }

    /// The rules of every element; reported as `lines[0].quantity`.
    public mutating func each(_ field: String, _ values: [some Validatable]) {
        for (index, value) in values.enumerated() { within("\(field)[\(index)].") { value.validate(&$0) } }
    }

    private mutating func within(_ part: String, _ body: (inout Validation) -> Void) {
        let outer = prefix
        prefix += part
        body(&self)
        prefix = outer
    }
}
