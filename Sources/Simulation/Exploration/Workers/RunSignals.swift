/// What a job tells its parent while it is done, so that a hang can be told from a long run, and a run whose process ended can be repeated.
public struct RunSignals: Sendable {
    private let progress: WorkerProgress?

    init(_ progress: WorkerProgress?) { self.progress = progress }

    /// For jobs that are done in this process.
    public static let none = RunSignals(nil)

    /// Whether this is a child process.
    var isChild: Bool { progress != nil }
    /// Whether a child process has done nothing before this job.
    var isFirstOfProcess: Bool { progress?.begun == 1 }

    public func tick() { progress?.tick() }
    /// Where the run is.
    public func at(_ instance: String, _ point: String, _ subject: String) { progress?.note(instance, point, subject) }
    /// What has been chosen, if it is not benign.
    func chose(_ choice: Choice) { progress?.chose(choice) }
    /// To be removed when the process does not come to it.
    func uses(folder: String) { progress?.uses(folder: folder) }
}
