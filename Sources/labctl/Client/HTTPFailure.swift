import AsyncHTTPClient
import Foundation
import Lab

/// What it means to whoever sent a request that it got no answer.
enum HTTPFailure {
    static func explain(_ error: any Error, _ url: String, after timeout: Duration) -> any Error {
        if error is CancellationError { return error }
        guard let known = error as? HTTPClientError else {
            return LabError(.failed, "nobody answers at \(url)", why: "\(error)", next: "labctl ps, then labctl start SERVICE")
        }
        if known == .deadlineExceeded { return LabError(.timedOut, "\(url) did not answer within \(timeout)", next: "labctl ps") }
        if isRefusal(known) {
            return LabError(.usage, "the request cannot be sent to \(url)", why: known.shortDescription, next: "labctl call --help")
        }
        return LabError(.failed, "\(url) gave no whole answer", why: known.shortDescription, next: "labctl logs")
    }

    /// Whether the client refused the request before it was sent. The errors about fields carry their names, so they are told by their words.
    private static func isRefusal(_ error: HTTPClientError) -> Bool {
        error == .invalidURL || error == .emptyHost || error == .emptyScheme
            || ["Invalid header field names", "Invalid header field values"].contains(error.shortDescription)
    }
}
