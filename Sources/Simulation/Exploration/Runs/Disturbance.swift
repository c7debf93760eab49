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
    /// Kept until the end: freed before, its address would be the first that is given out.
    private let random: RandomStream

    /// - Parameters:
    ///   - repetition: 0 disturbs nothing.
    ///   - ofProcess: change what the whole process shares, too; for child processes only.
    init(_ repetition: Int, ofProcess isChild: Bool) {
        random = RandomStream(seed: UInt64(repetition))
        guard repetition > 0 else { return }
        disturbMemory()
        if isChild { disturbProcess(repetition) }
    }

    func end() {
        for block in blocks { block.deallocate() }
        blocks = []
    }

    /// Shifts what comes next to other addresses: the order of a Set follows from them.
    private func disturbMemory() {
        // Takes what the first run found free, of every size, and keeps it: it would be given out again in the same order.
        for _ in 0..<8 {
            for size in stride(from: 16, through: Self.bytesMax, by: 16) { blocks.append(.allocate(byteCount: size, alignment: 16)) }
        }
        let kept = blocks.count
        for _ in 0..<2_000 {
            blocks.append(.allocate(byteCount: 16 * (1 + random.below(Self.bytesMax / 16)), alignment: 16))
        }
        // Holes of all sizes, so that new addresses do not come in the order of the sizes asked for.
        for index in blocks.indices.dropFirst(kept).reversed() where random.below(2) == 0 { blocks.remove(at: index).deallocate() }
    }

    /// The table of a Set of some two hundred texts.
    private static let bytesMax = 4_096

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
