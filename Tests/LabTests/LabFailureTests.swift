import Foundation
import Lab
import NIOCore
import NIOPosix
import NIOHTTP1
import Testing

/// What a lab answers when something is wrong: what happened, why, and the next command.
@Suite(.serialized) struct LabFailureTests {
    private func folder() -> URL { FileManager.default.temporaryDirectory.appendingPathComponent("lab-test-\(UUID().uuidString)") }

    private func failure(_ topology: String = "users-orders", data: URL, settings: [String: String] = [:]) async -> LabError? {
        do {
            let lab = try await TestLab.start(topology, data: data, settings: settings)
            await lab.stop()
            return nil
        } catch {
            return error as? LabError
        }
    }

    @Test func `a second lab on the same data is refused and named`() async throws {
        try await TestLab.with("users-orders") { lab in
            let error = try #require(await failure(data: lab.directory.root))
            #expect(error.what.contains("already runs") && error.what.contains("\(ProcessInfo.processInfo.processIdentifier)"))
            #expect(error.next?.contains("labctl down --data") == true)
            #expect(try await lab.send(.GET, "/health").status == 200, "the first one goes on")
        }
    }

    @Test func `a port in use names the port and the two ways out`() async throws {
        let taken = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(taken.localAddress?.port)
        let data = folder()
        defer { try? FileManager.default.removeItem(at: data) }
        let error = try #require(await failure(data: data, settings: ["isolated": "false", "port_base": "\(port)"]))
        #expect(error.what.contains("port \(port)") && error.what.contains("gateway"))
        #expect(error.next?.contains("--port-base") == true && error.next?.contains("--isolated") == true)
        try await taken.close()
        #expect(await failure(data: data) == nil, "the data directory is free again")
    }

    @Test func `the data of another topology is refused`() async throws {
        let data = folder()
        defer { try? FileManager.default.removeItem(at: data) }
        #expect(await failure("users-orders", data: data) == nil)
        let error = try #require(await failure("order-events", data: data))
        #expect(error.kind == .usage && error.what.contains("users-orders") && error.next?.contains("--topology users-orders") == true)
    }

    @Test func `a damaged database is named, and the others are left alone`() async throws {
        let data = folder()
        defer { try? FileManager.default.removeItem(at: data) }
        #expect(await failure(data: data) == nil)
        let file = data.appendingPathComponent("orders-service.sqlite")
        try Data(repeating: 0x55, count: 64 << 10).write(to: file)
        let error = try #require(await failure(data: data))
        #expect(
            error.what.contains("orders-service") && "\(error)".contains("damaged") && error.next?.contains("labctl reset") == true,
            "\(error)")
        #expect(Examination.ofStoppedLab(DataDirectory(data)).checks.contains { $0.name == "orders-service.sqlite" && !$0.is_ok })
    }

    @Test func `a log of another format version is refused`() async throws {
        let data = folder()
        defer { try? FileManager.default.removeItem(at: data) }
        #expect(await failure(data: data) == nil)
        let file = data.appendingPathComponent("bus/log.mdb")
        var bytes = try Data(contentsOf: file)
        let magic = Data("ServiceLab log".utf8)
        var from = bytes.startIndex
        var found = 0
        while let place = bytes.range(of: magic, in: from..<bytes.endIndex) {
            bytes[place.upperBound] = 99
            from = place.upperBound
            found += 1
        }
        #expect(found > 0, "the log's magic has changed: adapt this test")
        #expect(examinedLog(data)?.is_ok == true)
        try bytes.write(to: file)
        #expect(examinedLog(data)?.is_ok == false)
        let error = try #require(await failure(data: data))
        #expect("\(error)".contains("version 99") && error.what.contains("message log"), "\(error)")
    }

    private func examinedLog(_ data: URL) -> DoctorReport.Check? {
        Examination.ofStoppedLab(DataDirectory(data)).checks.first { $0.name == "message log" }
    }

    @Test func `a file that is no log is refused`() async throws {
        let data = folder()
        defer { try? FileManager.default.removeItem(at: data) }
        #expect(await failure(data: data) == nil)
        try Data(repeating: 0x55, count: 64 << 10).write(to: data.appendingPathComponent("bus/log.mdb"))
        let error = try #require(await failure(data: data))
        #expect(error.what.contains("message log"), "\(error)")
    }

    @Test func `a setting that no service reads stops the start with the nearest name`() async throws {
        let data = folder()
        defer { try? FileManager.default.removeItem(at: data) }
        let error = try #require(await failure(data: data, settings: ["orders.reserve_timout": "1s"]))
        #expect("\(error)".contains("reserve_timout") && "\(error)".contains("reserve_timeout"), "\(error)")
    }

    @Test func `malformed JSON, large bodies and unknown paths are problems with a code`() async throws {
        try await TestLab.with("users-orders") { lab in
            let malformed = try await lab.send(.POST, "/orders/api/v1/orders/", #"{"user_id": 1, "#)
            #expect(malformed.status == 400 && malformed.headers["content-type"] == "application/problem+json", "\(malformed.text)")
            let large = try await lab.send(.POST, "/orders/api/v1/orders/", String(repeating: " ", count: 2 << 20))
            #expect(large.status == 413, "\(large.text)")
            let direct = try await lab.send(
                .POST, "/orders", String(repeating: " ", count: 2 << 20), base: try lab.address(of: "orders-service"))
            #expect(direct.status == 413, "\(direct.text)")
            #expect(try await lab.send(.GET, "/nowhere").status == 404)
            #expect(try await lab.send(.GET, "/orders/api/v1/orders/").status == 200, "the lab goes on")
        }
    }

    @Test func `tokens that are bad, unsigned or signed with nothing open no door`() async throws {
        try await TestLab.with("marketplace") { lab in
            let good = try await lab.buyer()
            #expect(try await lab.send(.GET, "/api/v1/auth/me", token: good).status == 200)
            let parts = good.split(separator: ".").map(String.init)
            let none = Data(#"{"alg":"none","typ":"JWT"}"#.utf8).base64URL
            let forged = Data(#"{"iss":"servicelab/users","aud":"servicelab","sub":"1","roles":["staff"],"exp":99999999999}"#.utf8)
                .base64URL
            let bad = [
                "nonsense", "\(parts[0]).\(parts[1]).", "\(none).\(parts[1]).", "\(none).\(forged).", "\(parts[0]).\(forged).\(parts[2])",
            ]
            for token in bad {
                for base in [lab.base, try lab.address(of: "users")] {
                    let answer = try await lab.send(.GET, "/api/v1/auth/me", token: token, base: base)
                    #expect(answer.status == 401, "\(token) at \(base): \(answer.status)")
                }
            }
            #expect(try await lab.send(.GET, "/api/v1/analytics/summary", token: good).status == 403, "a buyer is not staff")
        }
    }

    @Test func `internal endpoints and forged identities do not pass`() async throws {
        try await TestLab.with("marketplace") { lab in
            let users = try lab.address(of: "users")
            for path in [
                "/internal/users/1", "/users/internal/users/1", "/users/api/v1/internal/users/1", "/api/v1/users/../internal/users/1",
                "/%69nternal/users/1",
            ] {
                for base in [lab.base, users] {
                    let answer = try await lab.send(.GET, path, headers: ["X-User-ID": "1", "X-User-Roles": "staff"], base: base)
                    #expect((400..<500).contains(answer.status) && !answer.text.contains("full_name"), "\(base)\(path): \(answer.status)")
                }
            }
            for base in [lab.base, users] {
                let answer = try await lab.send(.GET, "/api/v1/users", headers: ["X-User-ID": "1", "X-User-Roles": "staff"], base: base)
                #expect(answer.status == 401, "\(base): \(answer.status)")
            }
        }
    }

    @Test(.enabled(if: getuid() == 0, "needs root to mount a small file system"))
    func `a full disk is said clearly, and nothing that was accepted is lost`() async throws {
        let mount = folder()
        try FileManager.default.createDirectory(at: mount, withIntermediateDirectories: true)
        guard try run("mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", mount.path) == 0 else { return }
        defer {
            _ = try? run("umount", "-l", mount.path)
            try? FileManager.default.removeItem(at: mount)
        }
        let data = mount.appendingPathComponent("data")
        var placed = 0
        let lab = try await TestLab.start("users-orders", data: data)
        let user = try await lab.send(.POST, "/users/api/v1/users", #"{"email":"a@example.com","full_name":"A"}"#)
        #expect(user.status == 201)
        try Data(repeating: 1, count: 64 << 10).write(to: mount.appendingPathComponent("ballast-0"))
        var ballast = 1
        while (try? Data(repeating: 1, count: 64 << 10).write(to: mount.appendingPathComponent("ballast-\(ballast)"))) != nil, ballast < 500
        { ballast += 1 }
        var refusal: TestLab.Answer?
        for _ in 0..<3000 {
            let answer = try await lab.send(.POST, "/orders/api/v1/orders", #"{"user_id":1,"amount":"1.00","currency":"USD"}"#)
            guard answer.status == 201 else {
                refusal = answer
                break
            }
            placed += 1
        }
        let refused = try #require(refusal, "the disk never filled")
        #expect(refused.status == 507 && refused.text("code") == "storage_full", "\(refused.status) \(refused.text)")
        #expect(refused.headers["content-type"] == "application/problem+json")
        #expect(try await lab.send(.GET, "/orders/api/v1/health/live").status == 200, "the lab still answers")
        for number in 0..<ballast { try? FileManager.default.removeItem(at: mount.appendingPathComponent("ballast-\(number)")) }
        await lab.stop()
        try await TestLab.with("users-orders", data: data) { lab in
            try await lab.quiet()
            let count = try SQLConsole.read(lab.directory.database(of: "orders-service"), "SELECT count(*) FROM orders_order")
            #expect(count.rows.first?.first?.text == "\(placed)")
        }
    }

    private func run(_ words: String...) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}

extension Data {
    fileprivate var base64URL: String {
        base64EncodedString().replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_").replacingOccurrences(
            of: "=", with: "")
    }
}
