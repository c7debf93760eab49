import CatalogAPI
import Foundation
import LMDBBus
import LabTesting
import Messaging
import Synchronization
import Testing

@testable import Simulation

/// The model of the stock, and what oracles need around them in tests.
@Suite struct OracleModelTests {
    private func message<P>(_ type: MessageType<P>, _ payload: P) throws -> Message {
        Message(
            id: "catalog-1", source: "catalog", type: type.name, subject: "1", time: Timestamp(seconds: 0), topic: type.topic.name,
            partitionKey: "1",
            payload: try PayloadCoding.encode(payload))
    }

    private func movement(_ order: String, _ quantity: Int) -> StockMovement {
        StockMovement(order_id: order, lines: [StockLine(product_id: 1, quantity: quantity)])
    }

    @Test func `the model lets through what the stock allows`() throws {
        var model = StockModel(onHand: [1: 3])
        try model.apply(message(CatalogAPI.stockReservedEvent, movement("a", 2)))
        try model.apply(message(CatalogAPI.stockReservedEvent, movement("b", 1)))
        try model.apply(message(CatalogAPI.stockCommittedEvent, movement("a", 2)))
        try model.apply(message(CatalogAPI.stockReleasedEvent, movement("b", 1)))
        #expect(model.products[1] == StockModel.Product(onHand: 1, held: 0))
    }

    @Test func `what was given to two is noticed`() throws {
        var model = StockModel(onHand: [1: 1])
        try model.apply(message(CatalogAPI.stockReservedEvent, movement("a", 1)))
        let wrong = #expect(throws: StockModel.Impossible.self) {
            try model.apply(self.message(CatalogAPI.stockReservedEvent, self.movement("b", 1)))
        }
        #expect(wrong?.found.contains("of which 0 were left") == true)
    }

    @Test func `what was refused although it was there is noticed`() throws {
        var model = StockModel(onHand: [1: 1])
        model.note(ReserveStock(order_id: "a", lines: [StockLine(product_id: 1, quantity: 1)]))
        #expect(throws: StockModel.Impossible.self) {
            try model.apply(self.message(CatalogAPI.refused, StockRefused(order_id: "a", reason: "out_of_stock", product_id: 1)))
        }
    }

    @Test func `goods are taken once, and given back only when held`() throws {
        var model = StockModel(onHand: [1: 5])
        try model.apply(message(CatalogAPI.stockReservedEvent, movement("a", 1)))
        try model.apply(message(CatalogAPI.stockCommittedEvent, movement("a", 1)))
        #expect(throws: StockModel.Impossible.self) { try model.apply(self.message(CatalogAPI.stockCommittedEvent, self.movement("a", 1))) }
        #expect(throws: StockModel.Impossible.self) { try model.apply(self.message(CatalogAPI.stockReleasedEvent, self.movement("b", 1))) }
    }
}

/// A log of one group at one position.
final class FixedLog: LogReading {
    let committed = Mutex<UInt64>(0)

    func currentTopics() -> [TopicStatus] { [] }

    func currentGroups() -> [GroupStatus] {
        let partition = GroupStatus.Partition(
            topic: "t", partition: 0, committed: committed.withLock { $0 }, next: 10, lag: 0, inFlight: 0, retrying: 0, member: nil)
        return [GroupStatus(name: "g", generation: 1, members: [], partitions: [partition], deadLetters: 0)]
    }

    func messages(topic: String, partition: Int, from offset: UInt64, max: Int) throws -> [LoggedMessage] { [] }
    func currentDeadLetters() throws -> [DeadLetter] { [] }
}

extension SimulatedLab {
    /// Puts a message into the log that no service has sent.
    func publish(id: String, type: String, topic: String, payload: String = "{", because cause: String? = nil) async throws {
        let message = Message(
            id: id, source: "test", type: type, subject: "1", time: now, topic: topic, partitionKey: "1", causationID: cause,
            payload: Data(payload.utf8))
        let bus = platform.bus
        _ = try await world.instance("tester").spawn("publish") { try await bus.publish([message], .none) }.value
    }
}
