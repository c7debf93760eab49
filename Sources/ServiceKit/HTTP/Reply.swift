/// A typed answer that differs from its endpoint's declaration: another status, more headers.
public struct Reply<Output: Sendable>: Sendable {
    public var body: Output
    /// Nil for the declared one.
    public var status: Int?
    public var headers: [String: String]

    public init(_ body: Output, status: Int? = nil, headers: [String: String] = [:]) {
        self.body = body
        self.status = status
        self.headers = headers
    }
}
