import Runtime

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Other surroundings for a run that is repeated: other addresses, another time zone, locale, user. Whatever of that reaches the history
/// shows when the run comes out differently.
///
/// Without it two children of one parent have the same addresses and variables, and what follows from them looks stable.
final class Disturbance {
    private var blocks = [UnsafeMutableRawPointer]()

    /// - Parameters:
    ///   - repetition: 0 disturbs nothing.
    ///   - ofProcess: change what the whole process shares, too; for child processes only.
    init(_ repetition: Int, ofProcess isChild: Bool) {
        guard repetition > 0 else { return }
        disturbMemory(RandomStream(seed: UInt64(repetition)))
        if isChild { disturbProcess(repetition) }
    }

    func end() {
        for block in blocks { block.deallocate() }
        blocks = []
    }

    /// Shifts what comes next to other addresses: the order of a Set follows from them.
    private func disturbMemory(_ random: RandomStream) {
        for _ in 0..<2_000 { blocks.append(.allocate(byteCount: 16 * (1 + random.below(64)), alignment: 16)) }
        // Holes of all sizes, so that old addresses do not come again in the old order.
        for index in blocks.indices.reversed() where random.below(2) == 0 { blocks.remove(at: index).deallocate() }
    }

    private func disturbProcess(_ repetition: Int) {
        let isEven = repetition % 2 == 0
        for (name, value) in [
            ("TZ", isEven ? "UTC-14" : "UTC+11"), ("LANG", isEven ? "tr_TR.UTF-8" : "de_DE.UTF-8"), ("LC_ALL", isEven ? "C" : "C.UTF-8"),
            ("HOME", "/nonexistent/\(repetition)"), ("USER", "somebody-\(repetition)"), ("LOGNAME", "somebody-\(repetition)"),
            ("HOSTNAME", "somewhere-\(repetition)"),
        ] { setenv(name, value, 1) }
        tzset()
        setlocale(LC_ALL, "")
    }
}
