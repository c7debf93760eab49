import Testing

/// The floors of docs/ARCHITECTURE.md, held to the import lines of the code.
@Suite struct FloorTests {
    /// Lowest first; a target imports only what stands before it. Targets on one line do not see each other, but for floor 1.
    static let floors: [[String]] = [
        ["CLMDB", "CSQLite"], ["Runtime"], ["Commerce"], ["Messaging"], ["Contracts"], ["Storage"], ["Telemetry"], ["*API"],
        ["LMDBBus"], ["Reliability"], ["Sagas"], ["EventSourcing"],
        ["ServiceKit"],
        ["*Service"],
        ["Lab"], ["Simulation"], ["LabTesting"], ["MessagingTesting"],
        ["labctl", "labbench"],
    ]

    static func floor(of target: String) -> Int? {
        floors.firstIndex { names in
            names.contains(target) || (names == ["*API"] && target.hasSuffix("API"))
                || (names == ["*Service"] && target.hasSuffix("Service"))
        }
    }

    @Test func `every target imports only floors below its own`() {
        for file in Repository.files(under: "Sources") {
            let target = Repository.target(of: file.path)
            guard let own = Self.floor(of: target) else {
                Issue.record("\(target) has no floor: add it to FloorTests.floors and docs/ARCHITECTURE.md")
                continue
            }
            for imported in file.imports {
                guard let other = Self.floor(of: imported) else { continue }
                #expect(other < own, "\(file.path) imports \(imported), which is not below \(target)")
            }
        }
    }

    /// External modules that stay behind one wall each: who may import them.
    static let walls: [(module: String, allowed: @Sendable (String) -> Bool)] = [
        ("CLMDB", { ["LMDBBus", "labbench"].contains($0) }),
        ("CSQLite", { ["Storage", "labbench"].contains($0) }),
        (
            "GRDB",
            {
                ["Storage", "Reliability", "Sagas", "EventSourcing", "Lab", "Simulation", "labbench"].contains($0)
                    || $0.hasSuffix("Service")
            }
        ),
        ("Hummingbird", { ["ServiceKit", "Lab", "GatewayService", "labbench"].contains($0) }),
        ("LMDBBus", { ["Lab", "Simulation", "labbench"].contains($0) }),
        ("Lab", { ["Simulation", "LabTesting", "labctl", "labbench"].contains($0) }),
        ("JWTKit", { ["UsersService", "GatewayService"].contains($0) }),
        ("Yams", { $0 == "Lab" }),
        ("ArgumentParser", { ["labctl", "labbench"].contains($0) }),
        ("AsyncHTTPClient", { ["labctl", "labbench", "Lab"].contains($0) }),
    ]

    @Test func `libraries are imported only where they belong`() {
        for file in Repository.files(under: "Sources") {
            let target = Repository.target(of: file.path)
            for (module, allowed) in Self.walls where file.imports.contains(module) {
                #expect(allowed(target), "\(file.path) imports \(module), which \(target) may not see")
            }
        }
    }

    @Test func `a service sees no other service, only the APIs that its line in Package.swift names`() throws {
        let manifest = try Repository.text("Package.swift")
        for file in Repository.files(under: "Sources/Services") {
            let target = Repository.target(of: file.path)
            let name = String(file.path.split(separator: "/")[2])
            for imported in file.imports where imported.hasSuffix("API") && imported != "\(name)API" {
                let line = manifest.split(separator: "\n").first { $0.contains("(\"\(name)\", consumes:") } ?? ""
                #expect(
                    line.contains("\"\(imported.dropLast(3))\""),
                    "\(file.path) imports \(imported), but \(name) does not name it in `consumes`")
            }
            #expect(!file.imports.contains { $0.hasSuffix("Service") && $0 != target }, "\(file.path) imports another service")
        }
    }
}
