import Runtime
import Testing

@testable import LMDBBus

/// `PartitionConsumption` against a model that keeps one plain record a message and no cleverness.
@Suite struct ConsumptionModelTests {
    private struct Model {
        enum State { case unseen, ready, inFlight(round: Int), waiting(Timestamp), done }
        struct Item {
            let key: UInt64
            var state = State.unseen
            var attempt = 0
        }
        var items: [Item]

        var committed: Int { items.firstIndex { if case .done = $0.state { false } else { true } } ?? items.count }
        var lag: Int { items.count { if case .done = $0.state { false } else { true } } }

        /// Whether a message may be delivered: nothing of its key before or in flight, except first deliveries of this round.
        func isFree(_ index: Int, round: Int) -> Bool {
            for (other, item) in items.enumerated() where item.key == items[index].key && other != index {
                switch item.state {
                case .unseen, .done: continue
                case .inFlight(let its): if its != round || item.attempt > 1 { return false }
                case .ready, .waiting: if other < index { return false }
                }
            }
            return true
        }
    }

    @Test(arguments: 1...60)
    func `random histories agree with the model`(seed: Int) {
        let random = RandomStream(seed: UInt64(seed))
        let count = 40
        var model = Model(items: (0..<count).map { _ in Model.Item(key: UInt64(random.below(6))) })
        var consumption = PartitionConsumption(committed: 0)
        var now = Timestamp(seconds: 0)
        var round = 0
        for step in 0..<600 {
            let inFlight = model.items.indices.filter { if case .inFlight = model.items[$0].state { true } else { false } }
            switch random.below(8) {
            case 0, 1:
                round += 1
                deliver(&consumption, &model, now, round, max: 1 + random.below(6), "seed \(seed), step \(step)")
            case 2, 3:
                guard !inFlight.isEmpty else { continue }
                let index = inFlight[random.below(inFlight.count)]
                let answer = consumption.acknowledge(UInt64(index))
                #expect(answer != .unknown, "seed \(seed), step \(step)")
                model.items[index].state = .done
            case 4:
                guard !inFlight.isEmpty else { continue }
                let index = inFlight[random.below(inFlight.count)]
                let due = now + .seconds(1 + random.below(5))
                let history = FailureHistory(attempts: model.items[index].attempt, at: now, reason: "r")
                let isPostponed = consumption.postpone(UInt64(index), until: due, history)
                #expect(isPostponed)
                model.items[index].state = .waiting(due)
            case 5:
                guard let index = inFlight.first else { continue }
                consumption.release(UInt64(index))
                model.items[index].attempt -= 1
                model.items[index].state = model.items[index].attempt > 0 ? .waiting(.epoch) : .ready
            case 6: now = now + .seconds(random.below(4))
            default:
                guard !inFlight.isEmpty, random.below(3) == 0 else { continue }
                consumption.bury(UInt64(inFlight[0]))
                model.items[inFlight[0]].state = .done
            }
            #expect(consumption.committed == UInt64(model.committed), "seed \(seed), step \(step)")
            #expect(consumption.lag(next: UInt64(count)) == UInt64(model.lag), "seed \(seed), step \(step)")
            let acknowledged = consumption.acknowledgedRuns.flatMap { Array($0) }.map { Int($0) }
            let done = model.items.indices.filter { if case .done = model.items[$0].state { $0 >= model.committed } else { false } }
            #expect(acknowledged == done, "seed \(seed), step \(step)")
        }
        finish(&consumption, &model, now, round, "seed \(seed)")
    }

    private func deliver(
        _ consumption: inout PartitionConsumption, _ model: inout Model, _ now: Timestamp, _ round: Int, max: Int, _ at: String
    ) {
        var delivered = consumption.take(now: now, max: max, lease: .seconds(3600)).map { (Int($0.offset), $0.attempt) }
        let range = consumption.freshRange(next: UInt64(model.items.count), max: max - delivered.count)
        if !range.isEmpty {
            let keys = range.map { (offset: $0, keyHash: model.items[Int($0)].key) }
            let flags = consumption.admit(keys, upTo: range.upperBound, now: now, lease: .seconds(3600))
            for (offset, isDelivered) in zip(range, flags) {
                model.items[Int(offset)].state = .ready
                if isDelivered { delivered.append((Int(offset), 1)) }
            }
        }
        for (index, attempt) in delivered {
            switch model.items[index].state {
            case .ready: break
            case .waiting(let due): #expect(due <= now, "\(at): \(index) came before it was due")
            default: Issue.record("\(at): \(index) was delivered while \(model.items[index].state)")
            }
            #expect(model.isFree(index, round: round), "\(at): \(index) overtook its key")
            model.items[index].attempt += 1
            #expect(attempt == model.items[index].attempt, "\(at)")
            model.items[index].state = .inFlight(round: round)
        }
    }

    /// Whatever happened, everything can be brought to its end: nothing is stuck.
    private func finish(_ consumption: inout PartitionConsumption, _ model: inout Model, _ now: Timestamp, _ round: Int, _ at: String) {
        var now = now
        var round = round
        for _ in 0..<200 where model.lag > 0 {
            round += 1
            now = now + .seconds(10)
            deliver(&consumption, &model, now, round, max: 5, at)
            for index in model.items.indices {
                guard case .inFlight = model.items[index].state else { continue }
                _ = consumption.acknowledge(UInt64(index))
                model.items[index].state = .done
            }
        }
        #expect(model.lag == 0, "\(at): \(model.lag) messages are stuck")
        #expect(consumption.committed == UInt64(model.items.count), "\(at)")
    }
}
