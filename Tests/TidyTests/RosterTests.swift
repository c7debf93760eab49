import Testing

/// A service is one folder, one manifest line, one roster line and one test file. These tests name the forgotten one.
@Suite struct RosterTests {
    static let services = Repository.folders(in: "Sources/Services")

    @Test func `there are services`() { #expect(Self.services.contains("Orders")) }

    @Test(arguments: services) func `the service stands in Package.swift`(_ name: String) throws {
        #expect(
            try Repository.text("Package.swift").contains("(\"\(name)\", consumes:"),
            "add (\"\(name)\", consumes: […]) to `services` in Package.swift")
    }

    @Test(arguments: services) func `the service stands in the roster`(_ name: String) throws {
        #expect(
            try Repository.text("Sources/Lab/Roster.swift").contains("\(name)Service.self"),
            "add \(name)Service.self to Sources/Lab/Roster.swift")
    }

    @Test(arguments: services) func `the service has its API, its table of contents and its migrations`(_ name: String) {
        let paths = Set(Repository.files(under: "Sources/Services/\(name)").map(\.path))
        #expect(paths.contains("Sources/Services/\(name)/API/\(name)API.swift"))
        #expect(paths.contains("Sources/Services/\(name)/Service/\(name)Service.swift"))
        #expect(!Repository.files(under: "Sources/Services/\(name)/Service/Migrations", ending: ".sql").isEmpty)
    }

    @Test(arguments: services) func `the service has a test file`(_ name: String) {
        #expect(
            Repository.files(under: "Tests/LabTests").contains { $0.path.split(separator: "/").last!.hasPrefix(name) },
            "add Tests/LabTests/\(name)Tests.swift")
    }
}
