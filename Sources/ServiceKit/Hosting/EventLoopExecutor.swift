import NIOCore

/// Runs tasks on an event loop: a request is read, answered and written by one thread, unless its handler goes elsewhere.
final class EventLoopExecutor: TaskExecutor {
    let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// One executor for each event loop of a group.
struct EventLoopExecutors: Sendable {
    private let executors: [ObjectIdentifier: EventLoopExecutor]

    init(_ group: any EventLoopGroup) {
        executors = Dictionary(group.makeIterator().map { (ObjectIdentifier($0), EventLoopExecutor($0)) }) { first, _ in first }
    }

    func executor(of loop: any EventLoop) -> EventLoopExecutor { executors[ObjectIdentifier(loop)] ?? EventLoopExecutor(loop) }
}
