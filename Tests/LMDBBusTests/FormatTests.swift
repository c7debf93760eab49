import CLMDB
import Foundation
import Messaging
import Runtime
import Testing

@testable import LMDBBus

@Suite(.timeLimit(.minutes(10))) struct FormatTests {
    private let world = World.live(instance: "test")
    private let directory = LogDirectory()

    private func failure(_ options: LogOptions = .quick) -> BusError? {
        do {
            try directory.open(world, options).close()
            return nil
        } catch {
            return error as? BusError
        }
    }

    /// A log with some messages, closed.
    private func writeLog(_ messages: Int = 20) async throws {
        let bus = try directory.open(world)
        try await bus.declare([Samples.topic, Samples.single])
        try await bus.publish(Samples.messages(0..<messages, topic: Samples.single))
        bus.close()
    }

    @Test func `a log of another format version is refused with both versions`() async throws {
        try await writeLog()
        let environment = try LMDBEnvironment(file: directory.file.path, flags: 0, mapBytes: 1 << 30, databasesMax: 64)
        let transaction = try environment.beginWrite()
        var row = RowWriter()
        row.put(LogDatabases.magic)
        row.put(UInt32(7))
        try transaction.put(try transaction.open("meta", create: false, integerKeys: false), key: Array("format".utf8), row.bytes)
        try transaction.commit()
        environment.close()
        let error = try #require(failure())
        #expect(error.code == .formatVersion)
        #expect(error.message.contains("version 7") && error.message.contains("version 1"), "\(error)")
    }

    @Test func `an LMDB file of somebody else is refused`() throws {
        try FileManager.default.createDirectory(at: directory.url, withIntermediateDirectories: true)
        let environment = try LMDBEnvironment(file: directory.file.path, flags: 0, mapBytes: 1 << 20, databasesMax: 8)
        let transaction = try environment.beginWrite()
        _ = try transaction.open("theirs", create: true, integerKeys: false)
        try transaction.commit()
        environment.close()
        #expect(failure()?.code == .formatUnknown)
    }

    @Test func `a file that is not LMDB is refused and left alone`() throws {
        try FileManager.default.createDirectory(at: directory.url, withIntermediateDirectories: true)
        let text = Data(String(repeating: "not a log at all. ", count: 2_000).utf8)
        try text.write(to: directory.file)
        #expect(failure()?.code == .formatUnknown)
        #expect(try Data(contentsOf: directory.file) == text)
    }

    @Test(arguments: [100, 4_096, 5_000, 12_288, 40_000])
    func `a truncated log is refused`(bytes: Int) async throws {
        try await writeLog(500)
        let whole = try Data(contentsOf: directory.file)
        try #require(whole.count > bytes)
        try whole.prefix(bytes).write(to: directory.file)
        let error = try #require(failure())
        #expect(error.code == .formatUnknown, "\(error)")
    }

    @Test func `a log that is open is in use, and free again after close`() async throws {
        let first = try directory.open(world)
        let error = try #require(failure())
        #expect(error.code == .inUse && error.message.contains("process"), "\(error)")
        first.close()
        #expect(failure() == nil)
    }

    @Test func `a closed bus says so`() async throws {
        let bus = try directory.open(world)
        try await bus.declare([Samples.topic])
        bus.close()
        bus.close()
        let error = await #expect(throws: BusError.self) { try await bus.publish(Samples.messages(0..<1)) }
        #expect(error?.code == .closed)
    }

    // MARK: Damage

    /// Flips one byte of the record of sample `number`, found by its identifier in the file.
    private func damage(_ number: Int, byte offset: Int = 60) throws {
        var bytes = try Data(contentsOf: directory.file)
        // Old pages may hold earlier copies of the record; only one is current, so all are damaged.
        let needle = Data("sample-\(number)samples".utf8)
        var from = bytes.startIndex
        var found = 0
        while let range = bytes.range(of: needle, in: from..<bytes.endIndex) {
            bytes[range.upperBound + offset] ^= 0x40
            found += 1
            from = range.upperBound
        }
        try #require(found > 0)
        try bytes.write(to: directory.file)
    }

    @Test(arguments: [500, 10])
    func `a damaged record becomes a dead letter and the others are delivered`(segmentMessages: Int) async throws {
        let options = LogOptions(persistence: .volatile, segmentMessages: segmentMessages)
        var bus = try directory.open(world, options)
        try await bus.declare([Samples.single])
        try await bus.publish(Samples.messages(0..<25, topic: Samples.single))
        bus.close()
        try damage(7)
        bus = try directory.open(world, options)
        let received = try await bus.consume(24, group: "readers", topic: Samples.single)
        #expect(received.map(\.message.subject) == (0..<25).filter { $0 != 7 }.map(String.init))
        let letters = try await bus.deadLetters(group: "readers")
        #expect(letters.map(\.position.offset) == [7])
        #expect(letters.first?.causes.first?.contains("recordDamaged") == true, "\(letters.map(\.causes))")
        #expect(try await bus.groups()[0].lag == 0)
        let error = await #expect(throws: BusError.self) {
            try await bus.browse(topic: Samples.single.name, partition: 0, from: 0, max: 20)
        }
        #expect(error?.code == .recordDamaged && error?.message.contains("position 7") == true, "\(String(describing: error))")
        #expect(try await bus.browse(topic: Samples.single.name, partition: 0, from: 8, max: 20).count == 17)
        let inPlace = #expect(throws: BusError.self) { try bus.scan(topic: Samples.single.name, partition: 0) { _, _ in true } }
        #expect(inPlace?.message == error?.message)
        bus.close()
    }

    @Test func `a record whose header is damaged leaves a gap that is found`() async throws {
        try await writeLog(20)
        // The offset lies 68 bytes before the identifier.
        try damage(5, byte: -"sample-5samples".utf8.count - 68)
        let bus = try directory.open(world)
        let status = try await bus.topics().first { $0.name == Samples.single.name }
        #expect(status?.partitions.map(\.next) == [20])
        let received = try await bus.consume(19, group: "readers", topic: Samples.single)
        #expect(received.map(\.message.subject) == (0..<20).filter { $0 != 5 }.map(String.init))
        #expect(try await bus.deadLetters(group: "readers").map(\.position.offset) == [5])
        bus.close()
    }
}
