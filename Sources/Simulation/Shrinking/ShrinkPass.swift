/// The parts of a tape, in the order in which a reader would like to be rid of them: operations first, since what a client does explains
/// the rest; then faults; then the order of turns.
enum ShrinkPass: Int, CaseIterable {
    case workload, faults, schedule

    func covers(_ choice: Choice) -> Bool {
        switch self {
        case .workload: choice.domain == .workload || choice.domain == .check
        case .faults: choice.domain == .fault
        case .schedule: choice.domain == .schedule || choice.domain == .time
        }
    }

    /// Lower values to try in place of `value`, the lowest first; 0 would be to leave the choice out.
    static func lowerValues(than value: Int) -> [Int] {
        guard value > 1 else { return [] }
        var values = [1]
        for candidate in [value / 4, value / 2, value - 1] where candidate > values.last! { values.append(candidate) }
        return values
    }
}
