import Contracts
import Foundation
import Runtime
import Synchronization

/// Derives and checks passwords on a lane of its own, one at a time: a hash takes a core for tens of milliseconds, and neither the
/// service nor its database waits for it.
///
/// Limits: at most ``waitingMax`` may wait; further ones are refused with 503, so that a flood of log-ins cannot pile up.
actor PasswordHasher {
    static let waitingMax = 64

    private nonisolated let world: World
    private let bytes: SecureBytes
    private let cost: PasswordCost
    private nonisolated let waiting = Mutex(0)
    /// Checked when there is no account, so that the answer takes the same time.
    private var decoy: PasswordHash?

    nonisolated var unownedExecutor: UnownedSerialExecutor { world.lane.asUnownedSerialExecutor() }

    init(world: World, bytes: SecureBytes, cost: PasswordCost) {
        self.world = world.instance(world.instance + ".passwords")
        self.bytes = bytes
        self.cost = cost
    }

    deinit { world.shutDown() }

    nonisolated func hash(_ password: String) async throws -> PasswordHash {
        try enter()
        defer { waiting.withLock { $0 -= 1 } }
        return try await derive(password)
    }

    /// Whether the password is right; against nil it never is, and takes as long. A new hash comes with it when the cost has been raised.
    nonisolated func check(_ password: String, against hash: PasswordHash?) async throws -> (isRight: Bool, renewed: PasswordHash?) {
        try enter()
        defer { waiting.withLock { $0 -= 1 } }
        return try await compare(password, hash)
    }

    private func derive(_ password: String) throws -> PasswordHash {
        try PasswordHash(of: password, salt: bytes.make(16), cost: cost)
    }

    private func compare(_ password: String, _ hash: PasswordHash?) throws -> (Bool, PasswordHash?) {
        guard let hash else {
            let decoy = try self.decoy ?? derive("decoy")
            self.decoy = decoy
            _ = try decoy.matches(password)
            return (false, nil)
        }
        guard try hash.matches(password) else { return (false, nil) }
        return (true, hash.cost.log2N < cost.log2N ? try derive(password) : nil)
    }

    private nonisolated func enter() throws {
        let isFull = waiting.withLock { waiting in
            if waiting >= Self.waitingMax { return true }
            waiting += 1
            return false
        }
        if isFull {
            throw Problem.unavailable("Too many log-ins at once.", code: "too_many_logins", retryAfter: .seconds(2))
        }
    }
}
