import Foundation
import Lab

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Starts this program again in the background and waits until the lab in it is ready, or has failed.
struct DetachedLab {
    /// Where the child finds the pipe to its parent.
    private static let readyDescriptor: Int32 = 3
    let directory: DataDirectory

    func start(arguments: [String]) async throws -> ReadyLab {
        try directory.create()
        let (pid, reader) = try spawn(arguments + ["--ready-fd", String(Self.readyDescriptor)])
        // Blocks until the child has written and closed, or has ended.
        let data = FileHandle(fileDescriptor: reader, closeOnDealloc: true).readDataToEndOfFile()
        guard let message = try? JSONDecoder().decode(Announcement.Message.self, from: data) else {  // it ended without a word
            var state: Int32 = 0
            waitpid(pid, &state, 0)
            throw LabError(
                .failed, "the lab ended while it started (process \(pid))", why: lastOutput(),
                next: "labctl doctor --data \(directory.path)")
        }
        switch message {
        case .ready(let ready): return ready
        case .failed(let error): throw error
        }
    }

    private func lastOutput() -> String {
        guard let text = try? String(contentsOf: directory.outputFile, encoding: .utf8) else { return "it has printed nothing" }  // no file
        return text.split(separator: "\n").suffix(12).joined(separator: "\n")
    }

    private func spawn(_ arguments: [String]) throws -> (pid: pid_t, reader: Int32) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw failure("pipe", errno) }
        // The child has the writing end under its own number only: the pipe ends when the child does.
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, directory.outputFile.path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        posix_spawn_file_actions_adddup2(&actions, ends[1], Self.readyDescriptor)
        // Whatever we inherited stays ours: who reads our output through a pipe must not wait for the lab to end.
        let inherited = try FileManager.default.contentsOfDirectory(atPath: "/dev/fd").compactMap { Int32($0) }
        for descriptor in inherited where descriptor > 2 { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        let program = Bundle.main.executablePath ?? CommandLine.arguments[0]
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid = pid_t()
        let code = posix_spawn(&pid, program, &actions, nil, &words, environ)
        close(ends[1])
        guard code == 0 else {
            close(ends[0])
            throw failure(program, code)
        }
        return (pid, ends[0])
    }

    private func failure(_ what: String, _ code: Int32) -> LabError {
        LabError(.failed, "the background process cannot be started", why: "\(what): \(String(cString: strerror(code)))")
    }
}

/// How a detached lab tells its parent that it is ready, or why not.
final class Announcement: Sendable {
    enum Message: Codable {
        case ready(ReadyLab)
        case failed(LabError)
    }

    private let descriptor: Int32

    init(descriptor: Int32) {
        self.descriptor = descriptor
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    /// Once: the parent stops reading afterwards.
    func send(_ message: Message) {
        guard let data = try? JSONEncoder().encode(message) else { return }  // cannot fail; without it the parent reports an early end
        // A parent that has gone away does not end the lab.
        Descriptor.write(data, to: descriptor)
        close(descriptor)
    }
}
