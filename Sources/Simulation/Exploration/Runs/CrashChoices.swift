import Runtime

/// First come first served and no faults, but for two crashes; lists the places where one is possible.
///
/// Places count from the end of the boot to the check: what ends while the lab shuts down is nobody's loss.
final class CrashChoices: ChoiceSource {
    private let first: CrashPlace?
    /// How many places lie between the first crash and the second one; nil for one crash only.
    private var placesToSecond: Int?
    private var hasStruck = false
    /// False once the oracles look.
    var isOpen = true
    /// Instances that may end: the lab's own, not its clients.
    var instances: Set<String>?
    private(set) var places = [CrashPlace]()

    init(first: CrashPlace? = nil, placesToSecond: Int? = nil) {
        self.first = first
        self.placesToSecond = placesToSecond
    }

    func choose(_ domain: ChoiceDomain, _ entity: String, index: Int, below arity: Int, rate: Double) -> Int {
        guard domain == .fault, isOpen, let place = CrashPlace(entity: entity, index: index) else { return 0 }
        if let instances, place.kind == .crash, !instances.contains(place.instance) { return 0 }
        places.append(place)
        if place == first {
            hasStruck = true
            return 1
        }
        guard hasStruck, let left = placesToSecond else { return 0 }
        placesToSecond = left > 0 ? left - 1 : nil
        return left == 0 ? 1 : 0
    }

    func lane(of lanes: ReadyLanes, index: Int) -> Int { 0 }
    func forces(_ kind: FaultKind) -> Bool { kind == .crash || kind == .processCrash }
}
