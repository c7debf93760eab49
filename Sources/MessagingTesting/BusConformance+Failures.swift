import Messaging
import Runtime

extension BusConformance {
    static let failures: [Check] = [
        Check("a refused message comes again after the policy's backoff, with its attempts counted") { context in
            try await context.declare()
            try await context.publish([1])
            let member = try await context.subscribe("readers")
            var delivery = try await context.receive(1, from: member)[0]
            for attempt in 1...2 {
                try require(delivery.attempt == attempt, "attempt \(delivery.attempt) instead of \(attempt)")
                let refused = context.world.now
                try await member.negativeAcknowledge([Refusal(delivery.receipt, .retry(after: nil), reason: "attempt \(attempt)")])
                delivery = try await context.receive(1, from: member)[0]
                let waited = context.world.now - refused
                let least = Duration.milliseconds(20 * attempt)
                try require(waited >= least, "attempt \(attempt + 1) came after \(waited), the policy says \(least)")
            }
            try await member.acknowledge([delivery.receipt])
        },
        Check("a delay given with the refusal replaces the policy's") { context in
            try await context.declare()
            try await context.publish([1])
            let member = try await context.subscribe(
                "readers", retry: RetryPolicy(attemptsMax: 3, initialDelay: .seconds(3600), delayMax: .seconds(3600)))
            let first = try await context.receive(1, from: member)[0]
            try await member.negativeAcknowledge([Refusal(first.receipt, .retry(after: .milliseconds(15)), reason: "soon")])
            let second = try await context.receive(1, from: member)[0]
            try require(second.attempt == 2, "attempt \(second.attempt)")
        },
        Check("after the policy's last attempt a message is a dead letter with its causes", needs: [.deadLetters, .inspection]) { context in
            try await context.declare()
            try await context.publish([1, 2], key: "a")
            let member = try await context.subscribe("readers")
            let start = context.world.now
            for attempt in 1...3 {
                let deliveries = try await member.next(max: 10)
                guard let delivery = deliveries.first else { throw ConformanceFailure("next returned empty") }
                try require(
                    delivery.message.subject == "1" && delivery.attempt == attempt,
                    "got \(delivery.message.subject), attempt \(delivery.attempt)")
                try await member.negativeAcknowledge(
                    [Refusal(delivery.receipt, .retry(after: nil), reason: "cause \(attempt)")]
                        + deliveries.dropFirst().map { Refusal($0.receipt, .release, reason: "") })
            }
            let next = try await context.consume(1, from: member)
            try require(next.numbers == [2], "after the dead letter came \(next.numbers)")
            let letters = try await context.inspector.deadLetters(group: "readers")
            try require(letters.count == 1, "\(letters.count) dead letters")
            let letter = letters[0]
            try require(
                letter.message.subject == "1" && letter.attempts == 3, "\(letter.message.subject) after \(letter.attempts) attempts")
            try require(letter.causes == ["cause 1", "cause 2", "cause 3"], "causes: \(letter.causes)")
            try require(
                letter.id == "readers/\(letter.position.topic)/\(letter.position.partition)/\(letter.position.offset)", "id \(letter.id)")
            try require(
                start <= letter.firstFailure && letter.firstFailure < letter.lastFailure,
                "failed \(letter.firstFailure) to \(letter.lastFailure)")
        },
        Check("a message can be made a dead letter at once", needs: [.deadLetters, .inspection]) { context in
            try await context.declare()
            try await context.publish([1, 2], key: "a")
            let member = try await context.subscribe("readers")
            let seen = try await context.receive(2, from: member)
            try await member.negativeAcknowledge([Refusal(seen[0].receipt, .deadLetter, reason: "malformed")])
            try await member.acknowledge([seen[1].receipt])
            let letters = try await context.inspector.deadLetters(group: "readers")
            try require(letters.map(\.causes) == [["malformed"]], "dead letters: \(letters.map(\.causes))")
            try await context.inspector.flush()
            let lag = try await context.inspector.groups()[0].lag
            try require(lag == 0, "a dead letter still counts as lag: \(lag)")
            try require(try await context.inspector.deadLetters(group: "others").isEmpty, "another group has dead letters, too")
        },
        Check("a failing message holds back its own key only", needs: .keyParking) { context in
            let topic = Topic("one-partition", partitions: 1)
            try await context.declare(topic)
            try await context.publish([1], key: "bad", topic: topic)
            let member = try await context.subscribe(
                "readers", topic: topic, retry: RetryPolicy(attemptsMax: 5, initialDelay: .milliseconds(1_500), jitter: 0))
            let failed = try await context.receive(1, from: member)
            let refusedAt = context.world.now
            try await member.negativeAcknowledge([Refusal(failed[0].receipt, .retry(after: nil), reason: "poisoned")])
            try await context.publish([2], key: "bad", topic: topic)
            try await context.publish([10, 11, 12], key: "good", topic: topic)
            try await context.publish([3], key: "bad", topic: topic)
            // A machine under load may take longer than the delay to get here; then the retry may come among the others.
            let isEarly = context.world.now - refusedAt < .seconds(1)
            let all = try await context.consume(6, from: member)
            if isEarly { try require(all.numbers.prefix(3) == [10, 11, 12], "while key bad was parked, \(all.numbers) came") }
            try require(all.numbers.filter { $0 >= 10 } == [10, 11, 12], "key good came as \(all.numbers)")
            try require(all.numbers.filter { $0 < 10 } == [1, 2, 3], "key bad came as \(all.numbers)")
            try require(all.first { $0.message.subject == "1" }?.attempt == 2, "the retried message came as if new")
        },
        Check("a released message comes again at once and uncounted") { context in
            try await context.declare()
            try await context.publish([1])
            let member = try await context.subscribe("readers", retry: .never)
            for _ in 0..<5 {
                let delivery = try await context.receive(1, from: member)[0]
                try require(delivery.attempt == 1, "attempt \(delivery.attempt) after releases")
                try await member.negativeAcknowledge([Refusal(delivery.receipt, .release, reason: "stopping")])
            }
            let last = try await context.consume(1, from: member)
            try require(last.numbers == [1], "got \(last.numbers)")
        },
        Check("what is not answered within its lease comes again and is counted") { context in
            try await context.declare()
            try await context.publish([1])
            let member = try await context.subscribe("readers", lease: .milliseconds(30))
            let first = try await context.receive(1, from: member)[0]
            let began = context.world.now
            let second = try await context.receive(1, from: member)[0]
            try require(first.attempt == 1 && second.attempt == 2, "attempts \(first.attempt), \(second.attempt)")
            try require(context.world.now - began >= .milliseconds(20), "the lease ended after \(context.world.now - began)")
            try await member.acknowledge([second.receipt])
        },
        Check("dead letters go back to their own group only", needs: [.deadLetters, .inspection]) { context in
            try await context.declare()
            let one = try await context.subscribe("one")
            let other = try await context.subscribe("other")
            try await context.publish(1...3, key: "a")
            _ = try await context.consume(3, from: other)
            let seen = try await context.receive(3, from: one)
            try await one.negativeAcknowledge(seen.map { Refusal($0.receipt, .deadLetter, reason: "down") })
            let letters = try await context.inspector.deadLetters(group: "one")
            try require(letters.count == 3, "\(letters.count) dead letters")
            let wanted = letters.filter { $0.message.subject == "2" }.map(\.id)
            let few = try await context.inspector.retryDeadLetters(group: "one", ids: wanted)
            try require(few == 1, "retry of one id moved \(few)")
            let again = try await context.consume(1, from: one)
            try require(again.numbers == [2] && again[0].attempt == 1, "came back: \(again.numbers), attempt \(again[0].attempt)")
            let all = try await context.inspector.retryDeadLetters(group: "one", ids: nil)
            try require(all == 2, "retry of all moved \(all)")
            let rest = try await context.consume(2, from: one)
            try require(rest.numbers == [1, 3], "came back: \(rest.numbers)")
            try require(try await context.inspector.deadLetters(group: nil).isEmpty, "dead letters are left")
            try await context.publish([4], key: "a")
            let news = try await context.consume(1, from: other)
            try require(news.numbers == [4], "the other group got \(news.numbers)")
        },
        Check("purged dead letters are gone", needs: [.deadLetters, .inspection]) { context in
            try await context.declare()
            try await context.publish(1...3)
            let member = try await context.subscribe("readers")
            let seen = try await context.receive(3, from: member)
            try await member.negativeAcknowledge(seen.map { Refusal($0.receipt, .deadLetter, reason: "bad") })
            let one = try await context.inspector.deadLetters(group: "readers")[0].id
            try require(try await context.inspector.purgeDeadLetters(group: "readers", ids: [one]) == 1, "purge of one id")
            try require(try await context.inspector.groups()[0].deadLetters == 2, "the count of dead letters after a purge")
            try require(try await context.inspector.purgeDeadLetters(group: "readers", ids: nil) == 2, "purge of the others")
            try require(try await context.inspector.deadLetters(group: nil).isEmpty, "dead letters are left")
        },
    ]
}
