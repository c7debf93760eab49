/// A lab at rest that is stopped and started again is the same: no row changes, nothing is done again.
///
/// What a service knows only in memory, and forgets, shows here.
public struct RestartEquivalence: Oracle {
    public let name = "restart equivalence"
    private let ignored: Set<String>

    /// - Parameter ignored: tables that a start may change, as `service.table` or `table`.
    public init(ignoring ignored: Set<String> = []) { self.ignored = ignored }

    public var looksAtRestart: Bool { true }

    public func afterRestart(_ before: LabImage, _ view: LabView) throws {
        let differences = try LabImage(of: view).differences(from: before).filter { difference in
            let place = String(difference.prefix { $0 != ":" })
            return !ignored.contains(place) && !ignored.contains(String(place.drop { $0 != "." }.dropFirst()))
        }
        try view.expect(differences.isEmpty, "a restart changes nothing", differences.joined(separator: "; "))
    }
}

extension Oracle where Self == RestartEquivalence {
    public static var restartEquivalence: RestartEquivalence { RestartEquivalence() }
}
