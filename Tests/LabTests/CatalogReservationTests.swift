import CatalogAPI
import Foundation
import GRDB
import Messaging
import Reliability
import Runtime
import Storage
import Testing

@testable import CatalogService

@Suite struct CatalogReservationTests {
    @Test func `reserve holds, commit takes, and each answers the saga`() throws {
        try CatalogStock.run { catalog in
            let mug = try await catalog.product(onHand: 5)
            #expect(try await catalog.reserve("1", [(mug, 2)]) == ["Inventory.Reserved.v1"])
            #expect(try catalog.stock(mug) == [5, 2])
            #expect(try await catalog.commit("1") == ["Inventory.Committed.v1"])
            #expect(try catalog.stock(mug) == [3, 0])
            #expect(
                try catalog.rig.rows("SELECT type, subject FROM outbox WHERE topic = 'catalog-events' AND type LIKE 'Stock%' ORDER BY id")
                    == [["Stock.Reserved.v1", "1"], ["Stock.Committed.v1", "1"]])
        }
    }

    @Test func `an order gets all of its lines or none`() throws {
        try CatalogStock.run { catalog in
            let mug = try await catalog.product(onHand: 5)
            let pot = try await catalog.product(onHand: 1)
            #expect(try await catalog.reserve("1", [(mug, 2), (pot, 2)]) == ["Inventory.Refused.v1"])
            #expect(try catalog.stock(mug) == [5, 0])
            #expect(try catalog.stock(pot) == [1, 0])
            #expect(try catalog.reservation("1") == ["refused", "out_of_stock"])
            // Two lines of one product count together.
            #expect(try await catalog.reserve("2", [(mug, 3), (mug, 3)]) == ["Inventory.Refused.v1"])
            #expect(try await catalog.reserve("3", [(mug, 3), (mug, 2)]) == ["Inventory.Reserved.v1"])
        }
    }

    @Test func `what is not for sale, unknown or without a quantity is refused`() throws {
        try CatalogStock.run { catalog in
            let mug = try await catalog.product(onHand: 5)
            #expect(try await catalog.reserve("1", [(999, 1)]) == ["Inventory.Refused.v1"])
            #expect(try catalog.reservation("1") == ["refused", "product_unavailable"])
            #expect(try await catalog.reserve("2", [(mug, 0)]) == ["Inventory.Refused.v1"])
            #expect(try await catalog.reserve("3", []) == ["Inventory.Refused.v1"])
            try await catalog.rig.write { tx in try tx.db.execute(sql: "UPDATE products_product SET is_active = 0") }
            #expect(try await catalog.reserve("4", [(mug, 1)]) == ["Inventory.Refused.v1"])
            #expect(try catalog.reservation("4") == ["refused", "product_unavailable"])
        }
    }

    @Test func `a repeated command answers the same and changes nothing`() throws {
        try CatalogStock.run { catalog in
            let mug = try await catalog.product(onHand: 2)
            for _ in 0..<3 { #expect(try await catalog.reserve("1", [(mug, 2)]) == ["Inventory.Reserved.v1"]) }
            for _ in 0..<3 { #expect(try await catalog.reserve("2", [(mug, 1)]) == ["Inventory.Refused.v1"]) }
            for _ in 0..<3 { #expect(try await catalog.commit("1") == ["Inventory.Committed.v1"]) }
            #expect(try catalog.stock(mug) == [0, 0])
            #expect(try await catalog.reserve("1", [(mug, 2)]) == ["Inventory.Reserved.v1"])
            for _ in 0..<2 { #expect(try await catalog.release("2") == ["Inventory.Released.v1"]) }
        }
    }

    @Test func `a release before its reserve leaves a tombstone`() throws {
        try CatalogStock.run { catalog in
            let mug = try await catalog.product(onHand: 2)
            #expect(try await catalog.release("1") == ["Inventory.Released.v1"])
            #expect(try await catalog.reserve("1", [(mug, 1)]) == ["Inventory.Refused.v1"])
            #expect(try catalog.stock(mug) == [2, 0])
        }
    }

    @Test func `what cannot have been meant becomes a dead letter`() throws {
        try CatalogStock.run { catalog in
            let mug = try await catalog.product(onHand: 2)
            await #expect(throws: PermanentFailure.self) { try await catalog.commit("1") }
            _ = try await catalog.reserve("2", [(mug, 1)])
            _ = try await catalog.commit("2")
            await #expect(throws: PermanentFailure.self) { try await catalog.release("2") }
            #expect(try catalog.stock(mug) == [1, 0])
        }
    }

    @Test func `a reservation lapses and gives its stock back`() throws {
        try CatalogStock.run { catalog in
            let mug = try await catalog.product(onHand: 1)
            let timers = catalog.startTimers()
            _ = try await catalog.reserve("1", [(mug, 1)])
            try await catalog.rig.world.sleep(for: .seconds(60 * 14))
            #expect(try catalog.stock(mug) == [1, 1])
            try await catalog.rig.world.sleep(for: .seconds(62))
            #expect(try catalog.stock(mug) == [1, 0])
            #expect(try catalog.reservation("1").first == "expired")
            #expect(try await catalog.reserve("2", [(mug, 1)]) == ["Inventory.Reserved.v1"])
            timers.cancel()
        }
    }

    @Test func `a commit after the lapse takes the stock again`() throws {
        try CatalogStock.run { catalog in
            let mug = try await catalog.product(onHand: 1)
            let timers = catalog.startTimers()
            _ = try await catalog.reserve("1", [(mug, 1)])
            try await catalog.rig.world.sleep(for: .seconds(1_000))
            #expect(try await catalog.commit("1") == ["Inventory.Committed.v1"])
            #expect(try catalog.stock(mug) == [0, 0])
            timers.cancel()
        }
    }

    @Test func `a confirmed order whose stock was sold meanwhile is first in line when stock comes back`() throws {
        try CatalogStock.run { catalog in
            let mug = try await catalog.product(onHand: 1)
            let timers = catalog.startTimers()
            _ = try await catalog.reserve("late", [(mug, 1)])
            try await catalog.rig.world.sleep(for: .seconds(1_000))
            _ = try await catalog.reserve("quick", [(mug, 1)])
            #expect(try await catalog.commit("late") == [])
            #expect(try await catalog.commit("late") == [], "a repetition waits as well")
            #expect(try catalog.reservation("late").first == "backordered")
            // The other order gives its hold back: that alone answers the one that waits.
            #expect(try await catalog.release("quick") == ["Inventory.Committed.v1", "Inventory.Released.v1"])
            #expect(try catalog.reservation("late").first == "committed")
            #expect(try catalog.stock(mug) == [0, 0])
            #expect(
                try catalog.rig.rows("SELECT subject, correlation_id FROM outbox WHERE type = 'Inventory.Committed.v1'")
                    == [["late", "saga late"]])
            timers.cancel()
        }
    }

    @Test func `five hundred orders for a hundred pieces sell a hundred`() throws {
        try CatalogStock.run { catalog in
            let mug = try await catalog.product(onHand: 100)
            var held = 0
            for order in 0..<500 where try await catalog.reserve("\(order)", [(mug, 1)]) == ["Inventory.Reserved.v1"] { held += 1 }
            #expect(held == 100)
            #expect(try catalog.stock(mug) == [100, 100])
        }
    }

    @Test func `random commands, repeated and out of order, keep the invariants`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("CatalogReservationTests seed \(seed)")
        try CatalogStock.run(seed: seed) { catalog in
            let random = RandomStream(seed: seed)
            let timers = catalog.startTimers()
            var products = [Int64]()
            for _ in 0..<4 { products.append(try await catalog.product(onHand: 20)) }
            var adjusted = 0
            for step in 0..<1_500 {
                let order = "\(random.below(120))"
                switch random.below(12) {
                case 0..<5:
                    let lines = (0...random.below(3)).map { _ in (products[random.below(4)], 1 + random.below(3)) }
                    _ = try await catalog.reserve(order, lines)
                case 5, 6: try await catalog.tolerating { _ = try await catalog.release(order) }
                case 7..<10: try await catalog.tolerating { _ = try await catalog.commit(order) }
                case 10:
                    try await catalog.adjust(products[random.below(4)], by: 1)
                    adjusted += 1
                default: try await catalog.rig.world.sleep(for: .seconds(random.below(200)))
                }
                if step % 100 == 0 { try catalog.checkConservation(initial: 80 + adjusted, "seed \(seed), step \(step)") }
            }
            try catalog.checkConservation(initial: 80 + adjusted, "seed \(seed)")
            timers.cancel()
        }
    }

    @Test func `every status has an answer to every command`() {
        for status in [ReservationStatus?.none] + ReservationStatus.allCases.map(Optional.some) {
            let reserve = ReservationTransition.reserve(status, refusal: nil)
            #expect((reserve == .hold) == (status == nil), "only an unknown order can take new stock")
            #expect((ReservationTransition.release(status) == .free) == (status == .reserved), "only a hold can be freed")
            #expect((ReservationTransition.commit(status) == .take) == (status == .reserved), "only a hold can be taken as held")
        }
    }
}
