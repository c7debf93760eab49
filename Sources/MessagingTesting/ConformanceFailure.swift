/// What an adapter did other than the port promises, in a sentence.
public struct ConformanceFailure: Error, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

/// Fails the check with `sentence` unless `condition` holds.
func require(_ condition: Bool, _ sentence: @autoclosure () -> String) throws {
    if !condition { throw ConformanceFailure(sentence()) }
}
