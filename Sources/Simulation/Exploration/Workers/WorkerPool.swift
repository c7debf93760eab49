import Foundation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Bounds of a ``WorkerPool``.
public struct WorkerLimits: Sendable, Hashable {
    /// Processes at a time; one per core by default.
    public var workers = WorkerLimits.cores
    /// Jobs that one process does before another takes its place: what simulated crashes leave behind in memory goes with it.
    public var jobsPerWorkerMax = 400
    /// Real seconds without progress after which a process is killed.
    public var silenceSecondsMax = 20.0

    public init(workers: Int? = nil) {
        if let workers { self.workers = max(1, workers) }
    }

    /// Processors that this process may use.
    public static var cores: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }
}

/// Does jobs in child processes: a trap, an exit or a hang ends one process and costs one job.
///
///     let pool = WorkerPool<Int, Int>(limits: WorkerLimits()) { number, progress in number * number }
///     pool.run(1...1000) { number, outcome in … ; return true }
///     pool.close()
///
/// The children are forked: they know everything their parent knew when they were started, and answer over a pipe with one line of JSON
/// for each job. Outcomes arrive in any order, on the caller's thread. Not thread safe.
public final class WorkerPool<Job: Codable & Sendable, Answer: Codable & Sendable> {
    public enum Outcome {
        case answered(Answer)
        case lost(WorkerLoss)
    }

    private struct Post {
        var worker: WorkerProcess
        var job: Job?
        /// The job was given to another worker before, which was lost before it could do anything.
        var isSecondTry = false
    }

    private let limits: WorkerLimits
    private let perform: (Job, RunSignals) -> Answer
    private var posts = [Post]()

    /// - Parameter perform: called in a child process.
    public init(limits: WorkerLimits = WorkerLimits(), perform: @escaping (Job, RunSignals) -> Answer) {
        self.limits = limits
        self.perform = perform
    }

    deinit { close() }

    /// Ends the children.
    public func close() {
        for post in posts { post.job == nil ? post.worker.retire() : post.worker.kill() }
        posts = []
    }

    /// Does all jobs, unless told to stop.
    /// - Parameters:
    ///   - isCancelled: looked at several times a second.
    ///   - take: what becomes of each job; false to begin no further one.
    /// - Returns: false when some jobs were not done.
    /// - Throws: ``WorkerFailure`` when no process can be started.
    @discardableResult
    public func run(
        _ jobs: some Sequence<Job>, isCancelled: () -> Bool = { false }, _ take: (Job, Outcome) -> Bool
    ) throws -> Bool {
        var left = jobs.makeIterator()
        var again = [Job]()
        var isStopping = false
        /// Since it was cancelled.
        var cancelled: Stopwatch?

        func finish(_ index: Int, _ outcome: Outcome) {
            guard let job = posts[index].job else { return }
            posts[index].job = nil
            posts[index].isSecondTry = false
            if !take(job, outcome) { isStopping = true }
        }

        /// The worker is gone or will be; the job goes to another one if it never had a chance.
        func lose(_ index: Int, _ loss: WorkerLoss) {
            guard let job = posts[index].job else { return }
            let hadNoChance = loss.kind == .trapped ? !posts[index].worker.hasBegun : loss.place == nil && posts[index].worker.jobs == 1
            if hadNoChance, !posts[index].isSecondTry { again.append(job) } else { finish(index, .lost(loss)) }
        }

        while true {
            if cancelled == nil, isCancelled() {
                isStopping = true
                cancelled = Stopwatch()
            }
            while !isStopping, let index = try freePost() {
                let isSecondTry = !again.isEmpty
                guard let job = isSecondTry ? again.removeFirst() : left.next() else { break }
                posts[index].job = job
                posts[index].isSecondTry = isSecondTry
                if !posts[index].worker.send(try Self.encoder.encode(job)) {
                    lose(index, posts[index].worker.loss())
                    posts.remove(at: index)
                }
            }
            if !posts.contains(where: { $0.job != nil }) { break }
            if let cancelled, cancelled.seconds > Self.patienceSeconds { break }
            awaitAnswers()
            for index in posts.indices.reversed() where posts[index].job != nil {
                let worker = posts[index].worker
                if let line = worker.receive() {
                    let answer: Answer
                    do { answer = try JSONDecoder().decode(Answer.self, from: line) } catch {
                        throw WorkerFailure("a worker answered with what is no answer: \(error)")
                    }
                    finish(index, .answered(answer))
                    if worker.jobs >= limits.jobsPerWorkerMax {
                        worker.retire()
                        posts.remove(at: index)
                    }
                } else if worker.isAtEnd || worker.hasEnded() {
                    lose(index, worker.loss())
                    removeLeftovers(of: worker)
                    posts.remove(at: index)
                } else if worker.silentSeconds() > limits.silenceSecondsMax {
                    lose(index, worker.endAsHung(after: limits.silenceSecondsMax))
                    removeLeftovers(of: worker)
                    posts.remove(at: index)
                }
            }
        }
        let unfinished = posts.indices.filter { posts[$0].job != nil }
        for index in unfinished.reversed() {
            posts[index].worker.kill()
            removeLeftovers(of: posts[index].worker)
            posts.remove(at: index)
        }
        return !isStopping
    }

    /// After it was cancelled: how long runs in hand may take to end by themselves.
    private static var patienceSeconds: Double { 1 }

    /// A process that was ended from outside could not tidy up.
    private func removeLeftovers(of worker: WorkerProcess) {
        guard let folder = worker.progress.folder else { return }
        try? FileManager.default.removeItem(atPath: folder)  // gone already when the run was about to end
    }

    /// A post without a job, with a new worker if need be; nil when all are busy.
    private func freePost() throws -> Int? {
        if let index = posts.firstIndex(where: { $0.job == nil }) { return index }
        guard posts.count < limits.workers else { return nil }
        let perform = self.perform
        let worker = try WorkerProcess { line, progress in
            guard let job = try? JSONDecoder().decode(Job.self, from: line),  // what the parent has encoded a moment ago
                let answer = try? Self.encoder.encode(perform(job, RunSignals(progress)))  // no answer holds what JSON cannot say
            else { return Data("null".utf8) }
            return answer
        }
        posts.append(Post(worker: worker))
        return posts.count - 1
    }

    /// Until something can be read, or a moment has passed.
    private func awaitAnswers() {
        var watched = posts.filter { $0.job != nil }.map { pollfd(fd: $0.worker.reader.descriptor, events: Int16(POLLIN), revents: 0) }
        _ = poll(&watched, nfds_t(watched.count), 50)
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return encoder
    }
}
