import CatalogAPI
import Runtime

/// What a stock command does, given where the order's reservation stands: pure, so that every combination can be tested.
///
/// | | none | reserved | committed | released | refused | expired | backordered |
/// |---|---|---|---|---|---|---|---|
/// | Reserve | hold | answer | answer | refuse | refuse | refuse | answer |
/// | Release | tombstone | free | reject | answer | answer | close | close |
/// | Commit | reject | take | answer | reject | reject | take again | take again |
///
/// **Expiry is a hint, not a verdict.** A reservation lapses so that stock does not stay locked for an order whose coordinator is gone.
/// The catalog cannot know whether a silent order is dead or past its pivot with a slow step ahead, so a lapsed reservation gives
/// its stock back to everybody, and a Commit that comes later still counts: it takes the stock again. When others bought it
/// meanwhile the order is *backordered*: it is first in line for what comes back (an adjustment, a release, a lapse) and is answered
/// then. A confirmed order is never refused its goods, stock never goes below zero, and nothing polls.
enum ReservationTransition {
    enum Reserve: Hashable {
        case hold
        case answerReserved
        case answerRefused(reason: String)
    }

    static func reserve(_ status: ReservationStatus?, refusal: String?) -> Reserve {
        switch status {
        case nil: .hold
        case .reserved, .committed, .backordered: .answerReserved
        case .refused: .answerRefused(reason: refusal ?? "out_of_stock")
        case .released: .answerRefused(reason: "reservation_released")
        case .expired: .answerRefused(reason: "reservation_expired")
        }
    }

    enum Release: Hashable {
        /// Remember that the order must get nothing when its Reserve comes.
        case leaveTombstone
        case free
        /// The order holds nothing any more: only its row ends.
        case close
        case answerReleased
        case reject
    }

    static func release(_ status: ReservationStatus?) -> Release {
        switch status {
        case nil: .leaveTombstone
        case .reserved: .free
        case .expired, .backordered: .close
        case .released where seeded("stock.released-twice"): .free
        case .released, .refused: .answerReleased
        case .committed: .reject
        }
    }

    enum Commit: Hashable {
        case take
        case takeAgain
        case answerCommitted
        case reject
    }

    static func commit(_ status: ReservationStatus?) -> Commit {
        switch status {
        case .reserved: .take
        case .expired where seeded("stock.lapsed-reservation-cannot-be-committed"): .reject
        case .expired, .backordered: .takeAgain
        case .committed: .answerCommitted
        case nil, .released, .refused: .reject
        }
    }
}
