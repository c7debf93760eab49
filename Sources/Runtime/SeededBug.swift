#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Known defects that tests plant in the platform, to see that the simulation finds them.
///
/// Each stands in the code as one line at the place where somebody might have made the mistake:
///
///     if seeded("consumer.acknowledges-before-commit") { try await member.acknowledge(receipts) }
///
/// and is on for what one thread does inside ``planting(_:_:)``, such as a simulated run; no other run of the process notices. The
/// catalogue is in Tests/MutantTests, docs/mutants.md says who finds each.
public enum SeededBug {
    /// False in a release build: no defect can be planted there, and the compiler leaves out every line that asks for one.
    @inlinable @inline(__always)
    public static var isPossible: Bool {
        #if DEBUG
            true
        #else
            false
        #endif
    }

    /// Runs `body` with the defect of this name in place, for everything that the calling thread does meanwhile.
    ///
    /// A process that is forked inside of `body` has it too.
    /// - Precondition: a debug build.
    public static func planting<T>(_ name: String, _ body: () throws -> T) rethrows -> T {
        precondition(isPossible, "a release build has no seeded bugs")
        let before = pthread_getspecific(key)
        let text = strdup(name)
        pthread_setspecific(key, text)
        defer {
            pthread_setspecific(key, before)
            free(text)
        }
        return try body()
    }

    /// Behind ``seeded(_:)``.
    @usableFromInline static func isPlanted(_ name: StaticString) -> Bool {
        guard let planted = pthread_getspecific(key) else { return false }
        return strcmp(planted.assumingMemoryBound(to: CChar.self), UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self))
            == 0
    }

    /// A run keeps to its thread, so what is planted for a thread is planted for a run, and reaches code that knows no world.
    private static let key = {
        var key = pthread_key_t()
        let code = pthread_key_create(&key, nil)
        precondition(code == 0, "no room for a thread's value: \(code)")
        return key
    }()
}

/// Whether the defect of this name is planted in what the calling thread does; see ``SeededBug``. Always false in a release build.
@inlinable @inline(__always)
public func seeded(_ bug: StaticString) -> Bool { SeededBug.isPossible && SeededBug.isPlanted(bug) }
