#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What Swift's overlay of the C library hides or leaves out, looked up by name.
///
/// `fork` is hidden because a child of a process with several threads has only one of them. That is all a simulated run needs: it blocks
/// the thread that it was started on and uses no other. A child must leave by `_exit`, so that it does not run the parent's exit handlers.
enum Fork {
    private typealias ForkFunction = @convention(c) () -> pid_t
    private typealias BacktraceFunction = @convention(c) (UnsafeMutablePointer<UnsafeMutableRawPointer?>, Int32) -> Int32
    private typealias SymbolsFunction = @convention(c) (UnsafeMutablePointer<UnsafeMutableRawPointer?>, Int32, Int32) -> Void
    private typealias CloseRangeFunction = @convention(c) (UInt32, UInt32, UInt32) -> Int32
    private typealias ParentDeathFunction = @convention(c) (Int32, UInt) -> Int32

    static func function<T>(_ name: String, as type: T.Type) -> T? { variable(name).map { unsafeBitCast($0, to: type) } }

    /// The address of a symbol of this process, whichever library it is in.
    static func variable(_ name: String) -> UnsafeMutableRawPointer? {
        #if canImport(Glibc)
            let anywhere: UnsafeMutableRawPointer? = nil
        #else
            let anywhere = UnsafeMutableRawPointer(bitPattern: -2)
        #endif
        return dlsym(anywhere, name)
    }

    private static let forkFunction = function("fork", as: ForkFunction.self)
    private static let closeRangeFunction = function("close_range", as: CloseRangeFunction.self)
    private static let backtraceFunction = function("backtrace", as: BacktraceFunction.self)
    private static let symbolsFunction = function("backtrace_symbols_fd", as: SymbolsFunction.self)

    /// - Returns: 0 in the child, its process number in the parent, -1 when there is none (`errno` says why).
    static func fork() -> pid_t {
        // Loaded before the first child, which may only use what is there when its heap is damaged.
        _ = (backtraceFunction == nil, symbolsFunction == nil, closeRangeFunction == nil)
        // What is buffered would be written by both.
        fflush(nil)
        guard let forkFunction else { return -1 }
        return forkFunction()
    }

    /// Makes this process end when its parent does. Elsewhere than on Linux the end of the command pipe has to do.
    static func endWithParent() {
        #if os(Linux)
            let setParentDeathSignal: Int32 = 1
            _ = function("prctl", as: ParentDeathFunction.self)?(setParentDeathSignal, UInt(SIGKILL))
        #endif
    }

    /// Closes every descriptor from `lowest` up but those to be kept: what a child inherits by accident, the sockets and locks of its
    /// parent, must not outlive that parent in it.
    static func closeDescriptors(from lowest: Int32, except kept: [Int32]) {
        var next = lowest
        for descriptor in kept.filter({ $0 >= lowest }).sorted() {
            close(next, descriptor - 1)
            next = descriptor + 1
        }
        close(next, Int32.max)
    }

    private static func close(_ first: Int32, _ last: Int32) {
        guard first <= last else { return }
        if let closeRangeFunction, closeRangeFunction(UInt32(first), UInt32(last), 0) == 0 { return }
        for descriptor in first...min(last, Int32(clamping: sysconf(Int32(_SC_OPEN_MAX)))) { _ = libraryClose(descriptor) }
    }

    private static func libraryClose(_ descriptor: Int32) -> Int32 {
        #if canImport(Glibc)
            Glibc.close(descriptor)
        #else
            Darwin.close(descriptor)
        #endif
    }

    private static let fatalSignals = [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV]
    /// Sent to a worker that makes no progress, to learn where it is.
    static let tellSignal = SIGUSR2

    /// From here on a fatal signal, and `tellSignal`, writes the stack to standard error before the process ends.
    static func tellStackOnTrap() {
        // A trap may come from a stack that is used up.
        let size = 1 << 16
        var alternate = stack_t()
        alternate.ss_sp = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | mapAnonymous, -1, 0)
        alternate.ss_size = size
        sigaltstack(&alternate, nil)
        for number in fatalSignals + [tellSignal] {
            var action = sigaction()
            #if canImport(Glibc)
                action.__sigaction_handler.sa_handler = trapped
                action.sa_flags = Int32(truncatingIfNeeded: SA_ONSTACK) | Int32(truncatingIfNeeded: SA_RESETHAND)
            #else
                action.__sigaction_u.__sa_handler = trapped
                action.sa_flags = SA_ONSTACK | SA_RESETHAND
            #endif
            sigaction(number, &action, nil)
        }
        // Threads of Dispatch block signals, and the child inherits that.
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
    }

    private static let trapped: @convention(c) (Int32) -> Void = { number in
        writeStack()
        // The default action is back: the parent sees the signal itself.
        raise(number)
        if number == Fork.tellSignal { _exit(0) }
    }

    private static func writeStack() {
        withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer?.self, capacity: stackFramesMax) { frames in
            guard let base = frames.baseAddress, let backtraceFunction, let symbolsFunction else { return }
            symbolsFunction(base, backtraceFunction(base, Int32(stackFramesMax)), STDERR_FILENO)
        }
    }

    private static let stackFramesMax = 64

    static var mapAnonymous: Int32 {
        #if canImport(Glibc)
            MAP_ANONYMOUS
        #else
            MAP_ANON
        #endif
    }
}
