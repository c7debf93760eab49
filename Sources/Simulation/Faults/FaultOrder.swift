/// A fault on order: strikes at the next opportunities that it fits, whatever the profile says.
struct FaultOrder: Sendable, CustomStringConvertible {
    let kind: FaultKind
    /// Any of them: an instance, a group, `instance/point`, `caller>callee`. Empty: wherever the kind can strike.
    let places: Set<String>
    let times: Int
    var left: Int
    /// What follows from another fault is not missed when it does not come.
    let isWished: Bool

    init(_ kind: FaultKind, at places: Set<String>, times: Int, isWished: Bool = true) {
        self.kind = kind
        self.places = places
        self.times = times
        left = times
        self.isWished = isWished
    }

    var description: String {
        let place = places.isEmpty ? "" : " of \(places.sorted().joined(separator: ", "))"
        return "\(kind.rawValue)\(place)\(times > 1 ? ", \(left) of \(times) times" : "")"
    }
}

/// A pause on order: begins when a place has been reached so often.
struct AwaitedPause: Sendable {
    let instance: String
    let duration: Duration
    /// How often the place has still to be reached.
    var left: Int
}
