/// A choice in plain words: "the orders service crashed at store.after, the 2nd time it came there".
public struct ChoiceWords: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    public init(_ choice: Choice) { description = Self.words(choice) }

    private static func words(_ choice: Choice) -> String {
        switch choice.domain {
        case .workload: return "the workload chose \(choice.entity) = \(choice.value) (of 0…\(choice.arity - 1))\(nthIfRepeated(choice))"
        case .schedule:
            return "the \(ordinal(choice.index + 1)) time \(choice.entity) was next in line, "
                + (choice.value == 1 ? "the one behind it went first" : "the \(ordinal(choice.value)) behind it went first")
        case .time: return "the clock moved although \(choice.entity) had work to do, at its \(ordinal(choice.index + 1)) turn"
        case .fault: return fault(choice)
        case .check: return "at the end every service was stopped and started once more"
        }
    }

    private static func fault(_ choice: Choice) -> String {
        let parts = choice.entity.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let where_ = parts.count > 1 ? parts[1] : ""
        let place = where_.split(separator: "/", maxSplits: 1).map(String.init)
        let who = place.first ?? where_
        let what = place.count > 1 ? place[1] : ""
        let time = ordinal(choice.index + 1)
        let call = where_.split(separator: ">", maxSplits: 1).map(String.init)
        let pair = call.count == 2 ? "from \(call[0]) to \(call[1])" : "of \(where_)"
        guard let kind = FaultKind(entity: choice.entity) else {
            return parts[0] == "clock.jump-by" ? "that jump of \(where_) went \(jumps.value(choice.value))" : plain(choice)
        }
        switch kind {
        case .crash: return "\(service(who)) crashed at \(what), the \(time) time it came there"
        case .processCrash: return "the whole process ended when \(who) was at \(what), the \(time) time it came there"
        case .crashLoop: return "\(service(who)) crashed again and again after its \(time) start"
        case .pause: return "\(service(who)) stood still for \(pauses.value(choice.value)) at \(what), the \(time) time it came there"
        case .storeSlow: return "the \(time) commit of \(service(who)) took \(pauses.value(choice.value))"
        case .storeCommitFails: return "the \(time) commit of \(service(who)) failed"
        case .storeFull: return "the disk was full at the \(time) write of \(service(who))"
        case .powerLoss: return "the power failed with the \(time) end of the process: what was not synced is lost"
        case .busDropped: return "the \(time) batch that \(service(who)) published to \(what) never reached the log"
        case .busAnswerLost: return "the \(time) batch that \(service(who)) published to \(what) was appended, the answer was lost"
        case .busFull: return "the log was full at the \(time) batch that \(service(who)) published to \(what)"
        case .busPoison: return "a message that nobody can read was put behind the \(time) batch of \(where_)"
        case .busDelayed: return "the \(time) delivery to \(group(where_)) came \(delays.value(choice.value)) late"
        case .busDuplicated: return "the \(time) delivery to \(group(where_)) came twice"
        case .busReordered: return "the \(time) delivery to \(group(where_)) mixed the order of its keys"
        case .busAckLost: return "the \(time) acknowledgement of \(group(where_)) was lost"
        case .busStorm: return "everything in the \(time) delivery to \(group(where_)) was delivered again at once"
        case .busSlowConsumer: return "\(group(where_)) took 20 s over its \(time) delivery"
        case .zombie: return "\(group(where_)) lost its membership while it worked on its \(time) delivery"
        case .callRefused: return "the \(time) call \(pair) was refused"
        case .callLostBefore: return "the \(time) call \(pair) was lost on the way there"
        case .callLostAfter: return "the answer to the \(time) call \(pair) was lost"
        case .callSlow: return "the \(time) call \(pair) took \(slownesses.value(choice.value))"
        case .partition: return "from the \(time) call \(pair) on, none arrived"
        case .clockSkew: return "the clock of \(service(who)) was off by \(skews.value(choice.value))"
        case .clockJump: return "the clock of \(service(who)) jumped before its \(time) transaction"
        case .buggify: return "the fault point \(what.isEmpty ? where_ : what) of \(service(who)) struck, the \(time) time it was passed"
        }
    }

    private static func plain(_ choice: Choice) -> String {
        "\(choice.entity) #\(choice.index + 1) = \(choice.value)\(choice.arity > 2 ? " of 0…\(choice.arity - 1)" : "")"
    }

    private static func service(_ name: String) -> String { name.isEmpty ? "a service" : "the \(name) service" }
    private static func group(_ name: String) -> String { "group \(name)" }

    private static func nthIfRepeated(_ choice: Choice) -> String {
        choice.index == 0 ? "" : ", the \(ordinal(choice.index + 1)) time it was asked"
    }

    /// How bad the values of these kinds are, from 1.
    private struct Scale {
        let words: [String]
        func value(_ value: Int) -> String { (1...words.count).contains(value) ? words[value - 1] : "degree \(value)" }
    }

    private static let pauses = Scale(words: ["5 ms", "200 ms", "3 s", "70 s"])
    private static let jumps = Scale(words: ["1 s back", "2 min ahead", "2 min back"])
    private static let skews = Scale(words: ["+250 ms", "−250 ms", "+30 s", "−30 s"])
    private static let delays = Scale(words: ["1 ms", "100 ms", "2 s"])
    private static let slownesses = Scale(words: ["20 ms longer", "1 s longer", "15 s longer"])

    /// 1st, 2nd, 3rd, 4th, 11th, 21st.
    public static func ordinal(_ number: Int) -> String {
        let ending: String
        switch (number % 100, number % 10) {
        case (11...13, _): ending = "th"
        case (_, 1): ending = "st"
        case (_, 2): ending = "nd"
        case (_, 3): ending = "rd"
        default: ending = "th"
        }
        return "\(number)\(ending)"
    }
}
