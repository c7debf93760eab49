import Foundation

/// A folder of its own for each test, removed with it.
final class TestFolder: Sendable {
    let url: URL

    init() {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("servicelab-\(UUID().uuidString)")
        // Opening a file in a folder that is not there fails the test by itself.
        try? FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }  // a leftover in the temporary folder harms nobody
}
