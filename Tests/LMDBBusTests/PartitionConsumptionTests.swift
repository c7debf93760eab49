import Runtime
import Testing

@testable import LMDBBus

@Suite struct PartitionConsumptionTests {
    private let now = Timestamp(seconds: 1_000)
    private let lease = Duration.seconds(60)

    /// Reads everything up to `next`; offset → key.
    @discardableResult
    private func read(
        _ consumption: inout PartitionConsumption, next: UInt64, max: Int = 100, at time: Timestamp? = nil, key: (UInt64) -> UInt64 = { $0 }
    ) -> [UInt64] {
        var delivered = consumption.take(now: time ?? now, max: max, lease: lease).map(\.offset)
        while delivered.count < max {
            let range = consumption.freshRange(next: next, max: max - delivered.count)
            if range.isEmpty { break }
            let fresh = range.map { ($0, key($0)) }
            let isDelivered = consumption.admit(fresh, upTo: range.upperBound, now: time ?? now, lease: lease)
            delivered += zip(range, isDelivered).filter { $0.1 }.map { $0.0 }
        }
        return delivered
    }

    private func failure(_ attempts: Int) -> FailureHistory { FailureHistory(attempts: attempts, at: now, reason: "because") }

    /// `#expect` takes no calls that mutate.
    private func expect<T: Equatable>(_ actual: T, _ expected: T, at location: SourceLocation = #_sourceLocation) {
        #expect(actual == expected, sourceLocation: location)
    }

    @Test func `acknowledging in order moves the committed offset`() {
        var consumption = PartitionConsumption(committed: 5)
        expect(read(&consumption, next: 8), [5, 6, 7])
        #expect(consumption.committed == 5 && consumption.lag(next: 10) == 5)
        for offset: UInt64 in 5..<8 {
            expect(consumption.acknowledge(offset), .done(removesRow: false))
            #expect(consumption.committed == offset + 1)
        }
        #expect(consumption.acknowledgedRuns.isEmpty && consumption.outstanding == 0 && consumption.lag(next: 10) == 2)
    }

    @Test func `acknowledging out of order leaves runs above the committed offset`() {
        var consumption = PartitionConsumption(committed: 0)
        read(&consumption, next: 10)
        for offset: UInt64 in [9, 2, 3, 7] { _ = consumption.acknowledge(offset) }
        #expect(consumption.committed == 0)
        #expect(consumption.acknowledgedRuns == [2..<4, 7..<8, 9..<10])
        #expect(consumption.lag(next: 10) == 6)
        var reopened = PartitionConsumption(committed: consumption.committed, acknowledged: consumption.acknowledgedRuns)
        #expect(reopened.lag(next: 10) == 6)
        expect(read(&reopened, next: 10), [0, 1, 4, 5, 6, 8])
        #expect(reopened.acknowledgedRuns == consumption.acknowledgedRuns)
    }

    @Test func `acknowledging twice, or what was never delivered, changes nothing`() {
        var consumption = PartitionConsumption(committed: 0)
        read(&consumption, next: 2)
        _ = consumption.acknowledge(1)
        expect(consumption.acknowledge(1), .unknown)
        expect(consumption.acknowledge(2), .unknown)
        #expect(consumption.committed == 0)
    }

    @Test func `a busy key holds back its later messages and no others`() {
        var consumption = PartitionConsumption(committed: 0)
        // Keys: even offsets one, odd offsets two.
        expect(read(&consumption, next: 1, key: { $0 % 2 }), [0])
        expect(read(&consumption, next: 6, key: { $0 % 2 }), [1, 3, 5])
        expect(read(&consumption, next: 6, key: { $0 % 2 }).isEmpty, true)
        _ = consumption.acknowledge(0)
        #expect(consumption.isDeliverable(now: now, next: 6))
        expect(read(&consumption, next: 6, key: { $0 % 2 }), [2, 4])
    }

    @Test func `a message that waits for a retry parks its key, then comes alone`() {
        var consumption = PartitionConsumption(committed: 0)
        read(&consumption, next: 1, key: { _ in 7 })
        let due = now + .seconds(5)
        expect(consumption.postpone(0, until: due, failure(1)), true)
        expect(read(&consumption, next: 4, key: { $0 == 3 ? 8 : 7 }), [3])
        #expect(!consumption.isDeliverable(now: now, next: 4))
        #expect(consumption.nextMoment(after: now) == due)
        let again = consumption.take(now: due, max: 10, lease: lease)
        #expect(again == [.init(offset: 0, attempt: 2, isDetached: false)])
        expect(consumption.acknowledge(0), .done(removesRow: true))
        #expect(consumption.retrying == 0)
        expect(consumption.take(now: due, max: 10, lease: lease).map(\.offset), [1, 2])
        #expect(consumption.committed == 1)
    }

    @Test func `a dead letter frees its key`() {
        var consumption = PartitionConsumption(committed: 0)
        read(&consumption, next: 2, max: 1, key: { _ in 7 })
        read(&consumption, next: 2, key: { _ in 7 })
        consumption.bury(0)
        #expect(consumption.committed == 1)
        expect(consumption.take(now: now, max: 1, lease: lease).map(\.offset), [1])
    }

    @Test func `releasing does not count, leases that end do not release by themselves`() {
        var consumption = PartitionConsumption(committed: 0)
        read(&consumption, next: 2)
        consumption.release(0)
        expect(consumption.take(now: now, max: 5, lease: lease), [.init(offset: 0, attempt: 1, isDetached: false)])
        #expect(consumption.expired(now: now + lease) == [0, 1])
        #expect(consumption.expired(now: now + lease - .microseconds(1)).isEmpty)
        consumption.releaseAll()
        #expect(consumption.inFlight == 0)
        expect(consumption.take(now: now, max: 5, lease: lease).map(\.attempt), [1, 1])
    }

    @Test func `a retry known from before a reopen waits until all before it has been looked at`() {
        var consumption = PartitionConsumption(committed: 0)
        consumption.restore(2, keyHash: 7, due: now, isDetached: false, failure(3))
        expect(consumption.take(now: now, max: 10, lease: lease).isEmpty, true)
        expect(read(&consumption, next: 4, key: { _ in 7 }), [0, 1])
        _ = consumption.acknowledge(0)
        expect(consumption.take(now: now, max: 10, lease: lease).isEmpty, true)
        _ = consumption.acknowledge(1)
        expect(consumption.take(now: now, max: 10, lease: lease), [.init(offset: 2, attempt: 4, isDetached: false)])
        _ = consumption.acknowledge(2)
        expect(consumption.take(now: now, max: 10, lease: lease).map(\.offset), [3])
    }

    @Test func `a retried dead letter does not move the committed offset`() {
        var consumption = PartitionConsumption(committed: 10)
        var fresh = failure(1)
        fresh.attempts = 0
        consumption.revive(3, keyHash: 7, due: now, fresh)
        #expect(consumption.committed == 10 && consumption.lag(next: 10) == 1)
        expect(consumption.take(now: now, max: 5, lease: lease), [.init(offset: 3, attempt: 1, isDetached: true)])
        expect(consumption.acknowledge(3), .done(removesRow: true))
        #expect(consumption.committed == 10 && consumption.acknowledgedRuns.isEmpty && consumption.lag(next: 10) == 0)
    }

    @Test func `dropping old messages moves everything up`() {
        var consumption = PartitionConsumption(committed: 0, acknowledged: [20..<30])
        read(&consumption, next: 6)
        _ = consumption.postpone(1, until: now, failure(1))
        expect(consumption.drop(below: 4), [1])
        #expect(consumption.committed == 4)
        expect(consumption.drop(below: 4), nil)
        expect(consumption.drop(below: 25), [])
        #expect(consumption.committed == 30)
    }

    @Test func `seek forgets what was outstanding and names the rows to delete`() {
        var consumption = PartitionConsumption(committed: 0)
        read(&consumption, next: 6)
        _ = consumption.postpone(1, until: now, failure(1))
        expect(consumption.seek(to: 3), [1])
        #expect(consumption.outstanding == 0 && consumption.committed == 3)
        expect(read(&consumption, next: 6), [3, 4, 5])
    }

    @Test func `what is outstanding is bounded`() {
        var consumption = PartitionConsumption(committed: 0)
        let next = UInt64(PartitionConsumption.outstandingMax) + 100
        let delivered = read(&consumption, next: next, max: Int(next))
        #expect(delivered.count == PartitionConsumption.outstandingMax)
        #expect(!consumption.isDeliverable(now: now, next: next))
        _ = consumption.acknowledge(5)
        #expect(consumption.isDeliverable(now: now, next: next))
    }

    @Test func `after a reopen with as many retries as are kept, reading goes on`() {
        let count = UInt64(PartitionConsumption.outstandingMax)
        var consumption = PartitionConsumption(committed: 0)
        for offset in 0..<count {
            consumption.restore(offset, keyHash: offset, due: now + .seconds(60), isDetached: false, failure(3))
        }
        // Everything is looked at, none of it is due; then there is no room for what is new.
        for _ in 0..<2 { expect(read(&consumption, next: count + 1, max: 100_000), []) }
        #expect(consumption.cursor == count && !consumption.isDeliverable(now: now, next: count + 1))
        let later = now + .seconds(60)
        expect(read(&consumption, next: count + 1, max: 2, at: later), [0, 1])
        for offset: UInt64 in 0..<2 { _ = consumption.acknowledge(offset) }
        expect(read(&consumption, next: count + 1, max: 100_000, at: later).last, count)
    }

    @Test func `a gap in the log is passed over, and what came before it stays outstanding`() {
        var consumption = PartitionConsumption(committed: 0)
        read(&consumption, next: 3)
        consumption.pass(3..<10)
        expect(read(&consumption, next: 12), [10, 11])
        #expect(consumption.committed == 0)
        for offset: UInt64 in [0, 1, 2] { _ = consumption.acknowledge(offset) }
        #expect(consumption.committed == 10)
    }

    @Test func `a progress row stays small; what it leaves out comes again`() throws {
        var consumption = PartitionConsumption(committed: 0)
        read(&consumption, next: 2_000, max: 2_000)
        for offset: UInt64 in stride(from: 1, to: 2_000, by: 2) { _ = consumption.acknowledge(offset) }
        let row = ProgressRow.encode(consumption)
        #expect(row.count < 5_000)
        var reopened = try #require(row.withUnsafeBytes(ProgressRow.decode))
        let again = read(&reopened, next: 2_000, max: 2_000)
        #expect(Set(stride(from: 0, to: 2_000, by: 2)).isSubset(of: again), "nothing that was not acknowledged is left out")
    }
}
