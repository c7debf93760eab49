/// All seeded bugs, in the order of the platform's floors.
enum Catalogue {
    static func named(_ name: String) -> Mutant? { all.first { $0.name == name } }

    static let all = messaging + storage + sagas + services

    private static let messaging = [
        Mutant("relay.marks-before-publishing", "outbox rows count as published before they are", in: .letters),
        Mutant("relay.gives-up-when-refused", "what the bus refuses once is left out", in: .letters),
        Mutant("relay.publishes-without-numbers", "the relay does not number what it publishes", in: .letters),
        Mutant("consumer.acknowledges-before-commit", "messages are acknowledged before their effects are committed", in: .letters),
        Mutant("consumer.acknowledges-what-failed", "a message whose handler failed is acknowledged", in: .letters),
        Mutant(
            "consumer.key-goes-on-after-a-failure", "the later messages of a key are handled although one before them failed", in: .letters),
        Mutant(
            "consumer.hands-back-what-cannot-be-read", "a message that can never be handled is handed back instead of buried", in: .letters),
        Mutant("inbox.missing", "nobody looks whether a message was handled before", in: .letters),
        Mutant("inbox.knows-one-message-a-flow", "the inbox is keyed by correlation instead of message", in: .checkoutChaos),
        Mutant("inbox.keeps-the-newest-only", "the inbox remembers the newest message of a source instead of each one", in: .checkoutChaos),
        Mutant("inbox.marked-although-the-handler-fails", "the inbox row is not in the handler's savepoint", in: .letters),
        Mutant("bus.appends-duplicates", "the log takes a producer's number twice", in: .letters),
        Mutant("bus.numbers-forgotten-at-restart", "a log that is opened again does not know its producers' numbers", in: .letters),
        Mutant(
            "bus.position-skips-the-unanswered", "a group's stored position is behind what was delivered, not what was answered",
            in: .letters),
        Mutant("bus.leases-never-end", "a delivery that is never answered never comes again", in: .letters),
        Mutant("bus.waiting-message-overtaken", "a message that waits for its next attempt does not hold back its key", in: .letters),
        Mutant("bus.handed-back-counts-as-done", "a message that is handed back untried does not come again", in: .letters),
        Mutant("bus.rebalance-drops-what-is-in-flight", "what a member had in hand is done when its partition moves", in: .letters),
        Mutant("bus.accepts-stale-answers", "answers of an earlier generation count", in: .letters),
        Mutant("bus.due-retries-wake-nobody", "a retry that is due waits for the next message to arrive", in: .letters),
        Mutant("bus.retries-without-limit", "a message that always fails is tried for ever", in: .letters),
        Mutant("bus.dead-letters-vanish", "what cannot be handled is dropped", in: .letters),
        Mutant("bus.dead-letters-without-a-cause", "a dead letter does not say why", in: .letters),
    ]

    private static let storage = [
        Mutant("outbox.kept-in-memory-only", "messages are published from memory after the commit", in: .letters),
        Mutant("outbox.leftovers-forgotten-at-start", "rows from before a restart are not published", in: .letters),
        Mutant("outbox.numbers-begin-anew-at-start", "the outbox uses its numbers again after a restart", in: .letters),
        Mutant("store.answers-before-commit", "writers are answered before COMMIT", in: .letters),
        Mutant("store.undone-messages-go-out", "messages of an undone savepoint are published", in: .letters),
        Mutant("store.failed-writes-stay", "the rows of a failed handler are kept", in: .letters),
        Mutant("timer.not-armed-after-a-restart", "timers in the table are not watched after a start", in: .letters),
        Mutant("timer.alarm-not-moved-forward", "a timer that is due before the others waits for them", in: .letters),
        Mutant("timer.deleted-after-its-handler", "a timer is deleted in a transaction after its handler's", in: .letters),
        Mutant("timer.lost-when-its-handler-fails", "a timer whose handler fails is not set again", in: .letters),
        Mutant("idempotency.reply-not-kept", "a request that is repeated under its key happens again", in: .letters),
        Mutant(
            "idempotency.reply-kept-in-another-transaction", "the reply of a key is stored in a transaction after the effect's",
            in: .letters),
        Mutant("breaker.stays-open", "a breaker that has opened does not close", in: .letters),
        Mutant("supervisor.gives-up-after-three-ends", "an instance that has ended three times is not started again", in: .letters),
    ]

    private static let sagas = [
        Mutant("saga.compensates-first-step-first", "steps are undone in the order in which they were done", in: .checkoutChaos),
        Mutant("saga.leaves-out-a-compensation", "every second step is not undone", in: .checkoutChaos),
        Mutant("saga.trusts-a-time-out", "a step that timed out counts as not done, and is not undone", in: .checkoutTimers),
        Mutant("saga.cancelled-past-the-pivot", "an order can be cancelled after it was confirmed", in: .checkoutChaos),
        Mutant("saga.gives-up-past-the-pivot", "a time-out after the point of no return turns the saga back", in: .checkoutTimers),
        Mutant("saga.early-timer-not-set-again", "the timer of an earlier step is not set again for the later one", in: .checkoutTimers),
        Mutant("saga.believes-late-replies", "a reply to an earlier step counts as one to the present step", in: .checkoutChaos),
    ]

    private static let services = [
        Mutant("stock.released-twice", "a second release gives the goods back again", in: .checkoutTimers),
        Mutant("stock.refused-order-keeps-a-part", "an order that is short of one line keeps the others reserved", in: .checkoutChaos),
        Mutant("stock.reserved-although-short", "an order is told that it has its goods although there were too few", in: .checkoutChaos),
        Mutant("stock.committed-goods-not-taken", "the goods of a confirmed order stay in the stock", in: .checkoutChaos),
        Mutant("stock.lapsed-reservation-cannot-be-committed", "a confirmed order loses its goods when it was slow", in: .checkoutTimers),
        Mutant("stock.lost-update", "an adjustment reads the stock before its transaction", in: .afterSales),
        Mutant("payment.captured-twice", "a second capture collects again", in: .checkoutTimers),
        Mutant("payment.told-twice", "a processor that says it twice is believed twice", in: .checkoutChaos),
        Mutant("payment.void-does-nothing", "an authorisation is answered as void and stays", in: .checkoutChaos),
        Mutant("payment.gives-up-on-a-silent-processor", "a processor that does not answer makes a dead letter", in: .checkoutChaos),
        Mutant("payment.refunded-twice", "a refund is paid again under the same key", in: .afterSales),
        Mutant("payment.refund-forgets-earlier-ones", "more than was collected is paid back, in parts", in: .afterSales),
        Mutant("ledger.balance-leaves-out-credits", "balances follow the debits only", in: .checkoutChaos),
        Mutant("order.projection-skips-an-event", "shipments are not projected", in: .checkoutChaos),
        Mutant("order.rejection-not-announced", "nobody is told that an order was rejected", in: .checkoutChaos),
        Mutant("notification.cancellation-not-told", "a customer who cancels is not told", in: .checkoutChaos),
        Mutant("mirror.older-version-wins", "addresses are kept when a newer version comes", in: .afterSales),
        Mutant("analytics.revenue-before-capture", "revenue counts authorisations as well", in: .checkoutChaos),
        Mutant("analytics.skips-what-is-older", "an event with an earlier time than the newest one counted is skipped", in: .checkoutChaos),
        Mutant("analytics.cancelled-counts-as-rejected", "a cancelled order is counted as rejected", in: .checkoutChaos),
    ]
}
