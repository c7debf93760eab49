import Foundation
import Lab
import Testing

@Suite struct LabSettingsTests {
    private func resolve(_ flags: [String: String] = [:], _ environment: [String: String] = [:]) throws -> LabSettings {
        try LabSettings.resolve(flags: flags, environment: environment, library: .standard())
    }

    private func source(_ settings: LabSettings, _ key: String) -> String? { settings.values.first { $0.key == key }?.source }
    private func value(_ settings: LabSettings, _ key: String) -> String? { settings.values.first { $0.key == key }?.value }

    @Test func `flags win over variables, those over the topology, that over defaults`() throws {
        let settings = try resolve(["persistence": "relaxed"], ["LAB_PERSISTENCE": "volatile", "LAB_LOG_LEVEL": "debug"])
        #expect(settings.topology.broker.persistence == .relaxed && source(settings, "persistence") == "flag")
        #expect(settings.logLevel == "debug" && source(settings, "log_level") == "variable LAB_LOG_LEVEL")
        #expect(source(settings, "gateway.port") == "topology" && value(settings, "gateway.port") == "8080")
        #expect(source(settings, "host") == "default" && value(settings, "host") == "127.0.0.1")
        #expect(value(settings, "data") == ".lab/marketplace")
    }

    @Test func `a service's setting comes by flag or by variable, under either of its names`() throws {
        let settings = try resolve(
            ["topology": "order-events", "orders.reserve_timeout": "1s"], ["LAB_ORDER_SERVICE_AUTHORIZE_TIMEOUT": "2s"])
        let orders = try #require(settings.topology.service(named: "order-service"))
        #expect(
            orders.settings["reserve_timeout"] == "1s" && orders.settings["authorize_timeout"] == "2s"
                && orders.settings["payments"] == "none")
        #expect(source(settings, "order-service.authorize_timeout") == "variable LAB_ORDER_SERVICE_AUTHORIZE_TIMEOUT")
    }

    @Test func `a port base moves every listener, isolated frees them`() throws {
        let moved = try resolve(["port_base": "9000"]).topology
        #expect(moved.gateway?.port == 9000 && moved.services.map(\.port) == Array(9001...9006))
        let free = try resolve(["isolated": "true"]).topology
        #expect(free.gateway?.port == 0 && free.services.allSatisfy { $0.port == 0 })
        #expect(throws: LabError.self) { try resolve(["isolated": "true", "port_base": "9000"]) }
    }

    @Test(arguments: [
        (["presistence": "durable"], "did you mean \"persistence\""),
        (["order.reserve_timeout": "1s"], "did you mean \"orders\""),
        (["persistence": "durabel"], "did you mean \"durable\""),
        (["log_level": "verbose"], "log level"),
        (["port_base": "many"], "whole number"),
    ])
    func `what nobody reads is an error with the nearest name`(_ flags: [String: String], _ hint: String) {
        #expect { try resolve(flags) } throws: { ($0 as? LabError)?.kind == .usage && "\($0)".contains(hint) }
    }

    @Test func `a setting that no service asks for is refused before anything starts, with its source and the nearest one`() async throws {
        try await resolve(["topology": "users-orders", "orders.reserve_timeout": "2s"]).check()
        let misspelt = try resolve(["topology": "users-orders"], ["LAB_ORDERS_RESERVE_TIMOUT": "2s"])
        await #expect {
            try await misspelt.check()
        } throws: {
            ($0 as? LabError)?.kind == .usage && "\($0)".contains("did you mean reserve_timeout? (variable LAB_ORDERS_RESERVE_TIMOUT)")
        }
        let file =
            "name: a\nsummary: b\nauthentication: off\ngateway:\n  port: 0\nservices:\n  - service: users\n    port: 0\n    settings:\n      rate_limit: 5\n"
        let misplaced = LabSettings(topology: try TopologyFile.parse(file, from: "test.yaml"))
        await #expect {
            try await misplaced.check()
        } throws: {
            "\($0)".contains("users: unknown setting rate_limit") && "\($0)".contains("(test.yaml:10)")
        }
    }

    @Test func `variables that others read are no settings`() throws {
        let others = ["LAB_TAPES": "/tmp/tapes", "LAB_SIM_LOG": "debug", "LAB_TOPOLOGIES": "/tmp/topologies"]
        #expect(try resolve([:], others).values.map(\.key) == resolve().values.map(\.key))
    }

    @Test func `every verb means the same directory`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lab-test-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }  // a leftover temporary folder harms nobody
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appendingPathComponent("hotel.yaml").path
        let text = try String(
            contentsOf: #require(TopologyLibrary.standard().files().first { $0.name == "users-orders" }).file, encoding: .utf8)
        try Data(text.replacing("name: users-orders", with: "name: grand-hotel").utf8).write(to: URL(fileURLWithPath: file))
        let current = CurrentLab(workingDirectory: folder)
        func agree(_ data: String?, _ environment: [String: String], _ path: String) throws {
            let meant = try current.meant(data: data, environment: environment, library: .standard())
            let started = current.directory(of: try resolve(data.map { ["data": $0] } ?? [:], environment))
            #expect(meant == started && meant.path == path, "\(meant.path) and \(started.path) by \(environment)")
        }
        try agree(nil, ["LAB_TOPOLOGY": file], folder.path + "/.lab/grand-hotel")
        try agree(nil, ["LAB_TOPOLOGY": "users-orders"], folder.path + "/.lab/users-orders")
        try agree(nil, ["LAB_TOPOLOGY": "", "LAB_DATA": ""], folder.path + "/.lab/marketplace")
        try agree(nil, ["LAB_TOPOLOGY": file, "LAB_DATA": "/tmp/a"], "/tmp/a")
        try agree("/tmp/b", ["LAB_DATA": "/tmp/a"], "/tmp/b")
        #expect(throws: LabError.self) { try agree("", [:], "") }
        #expect(throws: LabError.self) { try current.meant(data: nil, environment: ["LAB_TOPOLOGY": "./none.yaml"], library: .standard()) }
    }

    @Test func `a misspelt variable is an error with the nearest one`() {
        #expect { try resolve([:], ["LAB_PRESISTENCE": "durable"]) } throws: { "\($0)".contains("did you mean \"LAB_PERSISTENCE\"") }
    }
}
