/// The parameters that a route took from a path.
struct PathParameters: Sendable {
    /// As declared, shared by all requests of the route.
    var names = [String]()
    /// One a name, decoded.
    var values = [String]()

    subscript(name: String) -> String? {
        for index in names.indices where names[index] == name { return values[index] }
        return nil
    }
}
