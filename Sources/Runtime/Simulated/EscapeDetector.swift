import Foundation
import Synchronization

/// Remembers the first piece of work that reached a simulated run from a foreign thread, with the way it came.
final class EscapeDetector: Sendable {
    private let firstEscape = Mutex<String?>(nil)

    var first: String? { firstEscape.withLock { $0 } }

    func record(_ what: String) {
        firstEscape.withLock { first in
            guard first == nil else { return }
            let frames = Thread.callStackSymbols.dropFirst(2).prefix(24).joined(separator: "\n  ")
            first = "\(what) arrived from another thread\n  \(frames)"
        }
    }
}
