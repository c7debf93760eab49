/// Where a run can end an instance, or the whole process: a point that an instance reaches for the `index`-th time after the boot.
public struct CrashPlace: Codable, Sendable, Hashable, Comparable, CustomStringConvertible {
    /// ``FaultKind/crash``, or ``FaultKind/processCrash`` for the log, which ends with its process only.
    public var kind: FaultKind
    public var instance: String
    public var point: String
    /// From 0.
    public var index: Int

    public init(_ kind: FaultKind = .crash, instance: String, point: String, index: Int) {
        self.kind = kind
        self.instance = instance
        self.point = point
        self.index = index
    }

    /// As a fault's draw names it, `service.crash/orders/store.after`; nil for other draws.
    init?(entity: String, index: Int) {
        let parts = entity.split(separator: "/", maxSplits: 2)
        guard parts.count == 3, let kind = FaultKind(rawValue: String(parts[0])) else { return nil }
        // A service's own crash covers its points; the log has no other end than its process's.
        guard kind == .crash || (kind == .processCrash && parts[1] == "bus") else { return nil }
        self.init(kind, instance: String(parts[1]), point: String(parts[2]), index: index)
    }

    public var choice: Choice { Choice(.fault, "\(kind.rawValue)/\(instance)/\(point)", index: index, arity: 2, value: 1) }

    public var description: String { "\(instance) at \(point) #\(index + 1)" }

    public static func < (a: CrashPlace, b: CrashPlace) -> Bool { (a.instance, a.point, a.index) < (b.instance, b.point, b.index) }
}
