/// A business refusal that knows the problem it is answered with; ServiceKit asks for it when a handler throws one.
public protocol ProblemConvertible: Error {
    var problem: Problem { get }
}
