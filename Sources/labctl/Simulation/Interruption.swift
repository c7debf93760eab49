import Foundation
import Synchronization

/// Ctrl-C in the middle of many runs: what has been done so far is still shown, and the exit code is 130. A second one ends at once.
///
/// Taken by a plain signal handler, not by a dispatch source: while runs are forked off, this program should have no further threads.
enum Interruption {
    private static let count = Atomic<Int>(0)

    static var hasCome: Bool { count.load(ordering: .relaxed) > 0 }

    static func watch() {
        _ = hasCome
        // A parent may have started this program from a thread that blocks signals, as those of Dispatch do; children inherit that.
        var numbers = sigset_t()
        sigemptyset(&numbers)
        for number in [SIGINT, SIGTERM] { sigaddset(&numbers, number) }
        pthread_sigmask(SIG_UNBLOCK, &numbers, nil)
        for number in [SIGINT, SIGTERM] {
            signal(number) { _ in
                if Interruption.count.add(1, ordering: .relaxed).oldValue > 0 { _exit(130) }
            }
        }
    }

    static let exitCode: Int32 = 130
}
