import Messaging
import Runtime

/// Runs the effects of one batch before its transaction: keys beside each other, the messages of one key in order.
///
/// After a failed effect the later ones of its key are not tried.
struct EffectPhase: Sendable {
    enum Outcome: Sendable {
        /// What is left to do inside the transaction.
        case ready([MessageHandlers.Commit])
        case failed(any Error)
        case untried
    }

    let handlers: MessageHandlers
    let chainsMax: Int

    /// - Returns: An outcome for each delivery whose type has an effect, by its index in the batch.
    /// - Throws: ``InstanceCrash`` and `CancellationError` only.
    func run(_ deliveries: [Delivery]) async throws -> [Int: Outcome] {
        let chains = chains(of: deliveries)
        guard !chains.isEmpty else { return [:] }
        return try await withThrowingTaskGroup(of: [(Int, Outcome)].self) { group in
            var outcomes = [Int: Outcome]()
            var next = 0
            var running = 0
            while next < chains.count || running > 0 {
                if next < chains.count, running < chainsMax {
                    let chain = chains[next]
                    group.addTask { try await self.run(chain, of: deliveries) }
                    next += 1
                    running += 1
                    continue
                }
                if let done = try await group.next() {
                    for (index, outcome) in done { outcomes[index] = outcome }
                }
                running -= 1
            }
            return outcomes
        }
    }

    /// Indices of the deliveries with effects, a list for each key, in order of first appearance.
    private func chains(of deliveries: [Delivery]) -> [[Int]] {
        var chains = [[Int]]()
        var chainOfKey = [MessageKey: Int]()
        for (index, delivery) in deliveries.enumerated() {
            guard let handlers = handlers.handlers(for: delivery.message.type), handlers.contains(where: \.isEffect) else { continue }
            let key = MessageKey(delivery.message)
            if let chain = chainOfKey[key] {
                chains[chain].append(index)
            } else {
                chainOfKey[key] = chains.count
                chains.append([index])
            }
        }
        return chains
    }

    private func run(_ chain: [Int], of deliveries: [Delivery]) async throws -> [(Int, Outcome)] {
        var outcomes = [(Int, Outcome)]()
        var hasFailed = false
        for index in chain {
            guard !hasFailed else {
                outcomes.append((index, .untried))
                continue
            }
            do {
                outcomes.append((index, .ready(try await commits(for: deliveries[index]))))
            } catch let crash as InstanceCrash {
                throw crash
            } catch is CancellationError where Task.isCancelled {
                throw CancellationError()
            } catch {
                hasFailed = true
                outcomes.append((index, .failed(error)))
            }
        }
        return outcomes
    }

    private func commits(for delivery: Delivery) async throws -> [MessageHandlers.Commit] {
        var commits = [MessageHandlers.Commit]()
        for handler in handlers.handlers(for: delivery.message.type) ?? [] {
            switch handler {
            case .commit(let commit): commits.append(commit)
            case .effect(let effect): commits.append(try await effect(delivery))
            }
        }
        return commits
    }
}

extension MessageHandlers.Handler {
    fileprivate var isEffect: Bool {
        if case .effect = self { true } else { false }
    }
}
