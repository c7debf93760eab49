import Foundation
import Lab
import LabTesting
import Messaging
import Runtime
import Testing

@testable import Simulation

/// A database that is behind the log: put back from a copy, removed, or without its newest commits.
@Suite struct RestoredStoreTests {
    private static let orders = FaultEffects.orders
    private static let endings = ["", "-wal", "-shm"]

    private static func copy(_ file: URL, to copy: URL) throws {
        for ending in endings {
            let (from, to) = (file.path + ending, copy.path + ending)
            if FileManager.default.fileExists(atPath: to) { try FileManager.default.removeItem(atPath: to) }
            if FileManager.default.fileExists(atPath: from) { try FileManager.default.copyItem(atPath: from, toPath: to) }
        }
    }

    private static func place(_ lab: SimulatedLab, _ count: Int) async throws {
        for _ in 0..<count { #expect(await FaultEffects.order(lab).status == 201) }
        try await lab.settle()
    }

    private static func published(_ lab: SimulatedLab) throws -> [String] {
        try lab.look { try $0.messages("order-events") }.filter { $0.source == orders }.map(\.id)
    }

    @Test(arguments: [true, false])
    func `what a service says after its file was put back from a copy, or removed, reaches everybody`(_ isCopied: Bool) async throws {
        try await withLab(.orderEvents, seed: 1, strategy: .fifo, oracles: []) { lab in
            try await Self.place(lab, 1)
            let file = try #require(lab.stores.first { $0.name == Self.orders }).file
            let copy = lab.folder.appendingPathComponent("copy")
            try Self.copy(file, to: copy)
            try await Self.place(lab, 3)
            let before = try Self.published(lab)
            let each = before.count / 4
            lab.onInstanceEnd = { name, file in
                if name == Self.orders { try Self.copy(isCopied ? copy : lab.folder.appendingPathComponent("nothing"), to: file) }
            }
            lab.faults.crash(Self.orders)
            await lab.run.untilIdle(lab.world)
            try await lab.advance(by: .seconds(5))
            lab.onInstanceEnd = nil
            try await Self.place(lab, 2)
            let after = try Self.published(lab)
            #expect(each > 0 && after.count == before.count + 2 * each, "\(after)")
            #expect(Set(after).count == after.count, "no identifier twice: \(after)")
            let told = try lab.number(FaultEffects.notifications, "SELECT count(*) FROM notifications_notification")
            #expect(told == 6, "each of six orders is told of once")
        }
    }
}
