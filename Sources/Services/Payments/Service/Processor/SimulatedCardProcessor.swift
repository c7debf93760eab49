import Commerce
import Runtime
import Synchronization

/// A card processor without cards: the number decides what happens.
///
/// | Number | What happens |
/// |---|---|
/// | 4242424242424242, or none | approved |
/// | 4000000000000002 | declined, `card_declined` |
/// | 4000000000009995 | declined, `insufficient_funds` |
/// | 4000000000000259 | no answer at first, approved when asked again after `retryAfter` |
/// | 4000000000000341 | approved, and told twice |
/// | any other | declined, `card_unknown` |
///
/// Deterministic: the reference is a hash of the payment key.
final class SimulatedCardProcessor: CardProcessor {
    /// When keys were asked for that are left without an answer at first. Lost with the process, which then lets its caller wait once more.
    /// By time, not by count: a transaction that is undone asks again at once, and must hear the same.
    private let unanswered = Mutex([String: Timestamp]())
    /// With more keys than this, those that have waited are forgotten, and when none has, further ones are answered at once.
    private let unansweredMax = 10_000
    private let retryAfter: Duration

    private let world: World

    init(world: World, retryAfter: Duration) {
        self.world = world
        self.retryAfter = retryAfter
    }

    func authorize(_ request: CardAuthorization) throws(ProcessorTimeout) -> [AuthorizationNotice] {
        if world.buggify("payments.processor-silent", 0.1) { throw ProcessorTimeout(retryAfter: retryAfter) }
        let reference = "sim_" + String(StableHash.of(request.paymentKey), radix: 16)
        let approved = AuthorizationNotice(reference: reference, outcome: .approved)
        func declined(_ code: String, _ reason: String) -> [AuthorizationNotice] {
            [AuthorizationNotice(reference: reference, outcome: .declined(code: code, reason: reason))]
        }
        switch request.card {
        case nil, "4242424242424242": return [approved]
        case "4000000000000002": return declined("card_declined", "The card was declined.")
        case "4000000000009995": return declined("insufficient_funds", "The card has not enough funds.")
        case "4000000000000259":
            if letsWait(request) { throw ProcessorTimeout(retryAfter: retryAfter) }
            return [approved]
        case "4000000000000341": return [approved, approved]
        default: return declined("card_unknown", "The number belongs to no test card.")
        }
    }

    func capture(_ reference: String, amount: Money) throws(ProcessorTimeout) {
        if world.buggify("payments.processor-silent", 0.1) { throw ProcessorTimeout(retryAfter: retryAfter) }
    }

    func void(_ reference: String) throws(ProcessorTimeout) {}
    func refund(_ reference: String, amount: Money, key: String) throws(ProcessorTimeout) {}

    /// True until `retryAfter` has passed since a key was asked for first.
    private func letsWait(_ request: CardAuthorization) -> Bool {
        unanswered.withLock { keys in
            // A clock that is put back ends the wait: it would last for as long as the clock was ahead.
            func waits(since first: Timestamp) -> Bool { (first..<first + retryAfter).contains(request.at) }
            if let first = keys[request.paymentKey] { return waits(since: first) }
            if keys.count >= unansweredMax { keys = keys.filter { waits(since: $0.value) } }
            guard keys.count < unansweredMax else { return false }
            keys[request.paymentKey] = request.at
            return true
        }
    }
}
