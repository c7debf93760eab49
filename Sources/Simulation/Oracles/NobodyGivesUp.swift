/// Every client that has asked for minutes is answered in the end: the faults of a run pass, so a lab that still refuses has not recovered.
///
/// ``Client/attempt(_:)`` notes who gave up.
public struct NobodyGivesUp: Oracle {
    public let name = "nobody gives up"

    public init() {}

    public func afterSettle(_ view: LabView) throws {
        guard let tired = view.journal.promises(Journal.gaveUp).first else { return }
        try view.expect(false, "\(tired.id) is answered", "it gave up: \(tired.facts["because"] ?? "no answer")")
    }
}

extension Oracle where Self == NobodyGivesUp {
    public static var nobodyGivesUp: NobodyGivesUp { NobodyGivesUp() }
}

extension Journal {
    static let gaveUp = "gave up"
}
