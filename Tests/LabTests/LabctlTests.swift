import Foundation
import Lab
import Testing

/// The command line, as a person uses it: a real process, a real lab in the background.
@Suite(.serialized) struct LabctlTests {
    private func withFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("labctl-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer {
            _ = try? LabctlProcess.run("down", directory: folder)
            try? FileManager.default.removeItem(at: folder)
        }
        try body(folder)
    }

    @Test func `exit codes tell usage, not running and failure apart, and errors say what to type next`() throws {
        try withFolder { folder in
            let none = try LabctlProcess.run("ps", directory: folder)
            #expect(none.status == 17 && none.errors.contains("next:") && none.errors.contains("labctl up"))
            let topology = try LabctlProcess.run("up", "--topology", "marketplce", directory: folder)
            #expect(topology.status == 2 && topology.errors.contains("did you mean \"marketplace\""))
            let verb = try LabctlProcess.run("statsu", directory: folder)
            #expect(verb.status == 2 && verb.errors.contains("did you mean \"status\""))
            let flag = try LabctlProcess.run("ps", "--jsno", directory: folder)
            #expect(flag.status == 2)
            let json = try LabctlProcess.run("ps", "--json", directory: folder)
            #expect(json.status == 17 && json.errors.contains("\"kind\":\"not_running\""))
        }
    }

    @Test func `a reader that goes away ends a verb quietly`() throws {
        try withFolder { folder in
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-c", "{ '\(LabctlProcess.executable.path)' topology ls 2>errors; echo $? >code; } | true"]
            process.currentDirectoryURL = folder
            try process.run()
            process.waitUntilExit()
            #expect(try String(contentsOf: folder.appendingPathComponent("errors"), encoding: .utf8).isEmpty)
            #expect(try String(contentsOf: folder.appendingPathComponent("code"), encoding: .utf8) == "141\n")
        }
    }

    @Test func `every verb has help with an example`() throws {
        let verbs = [
            "up", "down", "restart", "stop", "start", "ps", "status", "wait", "doctor", "logs", "call", "routes", "topology ls",
            "topology show",
            "topology graph", "topic ls", "topic info", "topic tail", "topic pub", "group ls", "group lag", "group reset", "dlq ls",
            "dlq show",
            "dlq retry", "dlq purge", "outbox ls", "inbox ls", "saga ls", "saga show", "sql", "rebuild", "reset", "config", "torture",
            "sim", "sweep", "replay", "shrink",
        ]
        for verb in verbs {
            let words = verb.split(separator: " ").map(String.init) + ["--help"]
            let help = try words.count == 2 ? LabctlProcess.run(words[0], words[1]) : LabctlProcess.run(words[0], words[1], words[2])
            #expect(help.status == 0 && help.output.contains("EXAMPLE") && help.output.contains("--json"), "\(verb)")
        }
    }

    @Test func `a detached lab is started, asked, stopped and reset`() throws {
        try withFolder { folder in
            let up = try LabctlProcess.run(
                "up", "--detach", "--isolated", "--topology", "users-orders", "--persistence", "relaxed", directory: folder)
            #expect(up.status == 0, "\(up.errors)")
            for word in [
                "ready in", "gateway", "http://127.0.0.1:", "users-orders", "relaxed", "labctl down", "process", folder.lastPathComponent,
            ] {
                #expect(up.output.contains(word), "the banner lacks \(word): \(up.output)")
            }
            let second = try LabctlProcess.run("up", "--detach", "--isolated", "--topology", "users-orders", directory: folder)
            #expect(second.status == 1 && second.errors.contains("already runs"))
            let status = try LabctlProcess.run("status", "--json", directory: folder)
            #expect(try status.json("topology") == "users-orders" && status.json("persistence") == "relaxed")

            let user = try LabctlProcess.run(
                "call", "POST", "/users/api/v1/users/", "-d", #"{"email":"demo@example.com","full_name":"Demo"}"#, directory: folder)
            #expect(user.status == 0 && user.output.contains("demo@example.com"), "\(user.errors)")
            let order = try LabctlProcess.run(
                "call", "POST", "/orders", "-d", #"{"user_id":1,"amount":"9.90","currency":"USD"}"#, "--service", "orders",
                directory: folder)
            #expect(order.status == 0, "\(order.output) \(order.errors)")
            #expect(try LabctlProcess.run("call", "GET", "/orders/api/v1/orders/99", directory: folder).status == 1)
            #expect(try LabctlProcess.run("wait", "quiet", "--timeout", "30s", directory: folder).status == 0)
            #expect(try LabctlProcess.run("wait", "ordres", directory: folder).errors.contains("orders-service"))
            try messages(folder)
            try databases(folder)
            try services(folder)

            #expect(try LabctlProcess.run("reset", directory: folder).status == 1, "a running lab is not reset")
            #expect(try LabctlProcess.run("down", directory: folder).status == 0)
            #expect(
                try LabctlProcess.run("sql", "orders-service", "SELECT count(*) AS n FROM orders_order", directory: folder).output.contains(
                    "1"))
            #expect(try LabctlProcess.run("doctor", directory: folder).status == 0)
            #expect(try LabctlProcess.run("logs", directory: folder).output.contains("lab ready"))
            #expect(try LabctlProcess.run("reset", "--dry-run", directory: folder).output.contains("would delete"))
            #expect(try LabctlProcess.run("reset", directory: folder).status == 0)
            #expect(try LabctlProcess.run("doctor", directory: folder).status == 1)
        }
    }

    private func messages(_ folder: URL) throws {
        let tail = try LabctlProcess.run("topic", "tail", "order-events", "--json", directory: folder)
        #expect(tail.output.split(separator: "\n").contains { $0.contains("Order.Placed.v1") }, "\(tail.output) \(tail.errors)")
        #expect(try LabctlProcess.run("topic", "tail", "order-event", directory: folder).errors.contains("did you mean \"order-events\""))
        #expect(try LabctlProcess.run("topic", "info", "order-events", directory: folder).output.contains("Order.Placed.v1"))
        let group = try LabctlProcess.run(
            "group", "reset", "orders-checkout", "--topic", "saga-replies", "--to", "earliest", directory: folder)
        #expect(group.status == 1 && group.errors.contains("has members"))
        #expect(try LabctlProcess.run("dlq", "ls", directory: folder).status == 0)

        // A message that nobody can read becomes a dead letter, and can be looked at and thrown away.
        let sent = try LabctlProcess.run("topic", "pub", "user-events", "Session.Revoked.v1", "-d", #"{"nonsense":1}"#, directory: folder)
        #expect(sent.status == 0, "\(sent.errors)")
        #expect(try LabctlProcess.run("wait", "quiet", directory: folder).status == 0)
        let letters = try LabctlProcess.run("dlq", "ls", "gateway", "--json", directory: folder)
        #expect(letters.output.contains("Session.Revoked.v1"), "\(letters.output) \(letters.errors)")
        #expect(try LabctlProcess.run("doctor", directory: folder).status == 1, "the doctor sees it")
        #expect(
            try LabctlProcess.run("dlq", "purge", "gateway", "--dry-run", directory: folder).output.contains("1 message would be deleted"))
        #expect(try LabctlProcess.run("dlq", "purge", "gateway", directory: folder).output.contains("1 message deleted"))
        #expect(try LabctlProcess.run("doctor", directory: folder).status == 0)
    }

    private func databases(_ folder: URL) throws {
        #expect(try LabctlProcess.run("sql", "orders", directory: folder).output.contains("orders_order"))
        let refused = try LabctlProcess.run("sql", "orders", "DELETE FROM orders_order", directory: folder)
        #expect(refused.status == 2 && refused.errors.contains("--write"))
        let change = "UPDATE orders_order SET updated_at = updated_at"
        #expect(
            try LabctlProcess.run("sql", "orders", change, "--write", "--dry-run", directory: folder).output.contains(
                "1 rows would be changed"))
        #expect(try LabctlProcess.run("sql", "orders", change, "--write", directory: folder).output.contains("1 rows changed"))
        #expect(try LabctlProcess.run("outbox", "ls", "--json", directory: folder).output.contains("\"waiting\" : 0"))
        #expect(try LabctlProcess.run("inbox", "ls", directory: folder).status == 0)
        #expect(try LabctlProcess.run("saga", "ls", directory: folder).status == 0)
        #expect(try LabctlProcess.run("saga", "show", "nothing", directory: folder).status == 2)
    }

    private func services(_ folder: URL) throws {
        #expect(try LabctlProcess.run("stop", "orders", directory: folder).output.contains("stopped"))
        #expect(try LabctlProcess.run("call", "GET", "/orders/api/v1/orders", directory: folder).status == 1)
        #expect(try LabctlProcess.run("wait", "orders", "--timeout", "50ms", directory: folder).status == 7)
        #expect(try LabctlProcess.run("start", "orders", directory: folder).output.contains("running"))
        #expect(try LabctlProcess.run("restart", directory: folder).status == 0)
        #expect(try LabctlProcess.run("wait", "ready", directory: folder).status == 0)
        #expect(try LabctlProcess.run("call", "GET", "/orders/api/v1/orders", directory: folder).status == 0)
        let routes = try LabctlProcess.run("routes", "--json", directory: folder)
        #expect(routes.output.contains("\"placeOrder\""))
    }
}
