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
            #expect(flag.status == 2 && flag.errors.contains("did you mean --json?") && flag.errors.contains("labctl ps --help"))
            let subverb = try LabctlProcess.run("saga", "shw", "7", directory: folder)
            #expect(subverb.status == 2 && subverb.errors.contains("did you mean \"saga show\"") && subverb.errors.contains("saga --help"))
            let setting = try LabctlProcess.run("up", "--set", "nonsense", "--json", directory: folder)
            #expect(setting.status == 2 && setting.errors.contains("\"why\":\"it must be key=value"), "\(setting.errors)")
            let value = try LabctlProcess.run("saga", "ls", "--limit", "-3", directory: folder)
            #expect(value.status == 2 && value.errors.contains("--limit=-3") && value.errors.hasPrefix("labctl: "), "\(value.errors)")
            let json = try LabctlProcess.run("ps", "--json", directory: folder)
            #expect(json.status == 17 && json.errors.contains("\"kind\":\"not_running\""))
        }
    }

    @Test func `where there is no lab every verb that needs one says so with exit code 17, and its advice names the lab that was meant`()
        throws
    {
        try withFolder { folder in
            for words in [["sql", "orders"], ["reset"], ["doctor"], ["logs"], ["status"]] {
                let outcome = try LabctlProcess.run(words: words + ["--data", "elsewhere"], directory: folder)
                #expect(outcome.status == 17 && outcome.errors.contains("there is no lab in"), "\(words): \(outcome.errors)")
                #expect(outcome.errors.contains("--data elsewhere") || words == ["reset"], "\(words): \(outcome.errors)")
            }
        }
    }

    @Test func `reset deletes what the lab has made, and nothing else`() throws {
        try withFolder { folder in
            let data = folder.appendingPathComponent("data")
            try FileManager.default.createDirectory(at: data.appendingPathComponent("bus"), withIntermediateDirectories: true)
            for name in [
                "lab.log", "lab.log.1", "orders.sqlite", "orders.sqlite-wal", "bus/log.mdb", "books.sqlite", "lab.notes", "notes.txt",
            ] {
                try Data("x".utf8).write(to: data.appendingPathComponent(name))
            }
            let record = #"{"topology":"shop","pid":1,"control":"","started_at":"2026-01-01T00:00:00Z","services":["orders","users"]}"#
            try Data(record.utf8).write(to: data.appendingPathComponent("lab.json"))
            try Data().write(to: data.appendingPathComponent("lab.lock"))
            let lock = open(data.appendingPathComponent("lab.lock").path, O_RDWR | O_CLOEXEC)
            #expect(flock(lock, LOCK_EX) == 0)
            let refused = try LabctlProcess.run("reset", "--data", data.path)
            #expect(refused.status == 1 && refused.errors.contains("already runs"), "\(refused.errors)")
            close(lock)
            let reset = try LabctlProcess.run("reset", "--data", data.path)
            let left = ["books.sqlite", "lab.notes", "notes.txt"]
            #expect(
                reset.status == 0 && reset.output.contains("left alone: \(left.joined(separator: ", "))"), "\(reset.output) \(reset.errors)"
            )
            #expect(try FileManager.default.contentsOfDirectory(atPath: data.path).sorted() == left)
            #expect(try LabctlProcess.run("reset", "--data", data.path).status == 17, "a folder without a lab is not touched")
            #expect(try FileManager.default.contentsOfDirectory(atPath: data.path).sorted() == left)
        }
    }

    @Test func `a folder with files that a lab would write into is refused, and left as it is`() throws {
        try withFolder { folder in
            let data = folder.appendingPathComponent("data")
            try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
            for name in ["orders-service.sqlite", "notes.txt"] { try Data("mine".utf8).write(to: data.appendingPathComponent(name)) }
            for detach in [["--detach"], []] {
                let up = try LabctlProcess.run(
                    words: ["up", "--isolated", "--topology", "users-orders", "--data", data.path] + detach, directory: folder)
                #expect(up.status == 2 && up.errors.contains("holds what is not a lab's: orders-service.sqlite"), "\(up.errors)")
                #expect(try FileManager.default.contentsOfDirectory(atPath: data.path).sorted() == ["notes.txt", "orders-service.sqlite"])
            }
        }
    }

    @Test func `numbers and times out of range are refused before anything is asked`() throws {
        try withFolder { folder in
            for words in [
                ["logs", "--lines=-1"], ["topic", "tail", "order-events", "-n=-1"], ["saga", "ls", "--limit=0"],
                ["sql", "orders", "--limit=-1"],
                ["wait", "quiet", "--timeout", "1e15h"], ["wait", "quiet", "--timeout", "9222000000000s"], ["down", "--timeout", "nan"],
                ["torture", "--clients", "0"], ["sim", "--seeds", "0..18446744073709551615"], ["ps", "--data", ""],
            ] {
                let outcome = try LabctlProcess.run(words: words, directory: folder)
                #expect(outcome.status == 2 && outcome.errors.hasPrefix("labctl: "), "\(words): \(outcome.status) \(outcome.errors)")
            }
        }
    }

    @Test func `who waits for a lab may come before it, and Ctrl-C ends one that is being filled`() throws {
        try withFolder { folder in
            let none = try LabctlProcess.run("wait", "ready", "--timeout", "50ms", directory: folder)
            #expect(none.status == 17 && none.errors.contains("there is no lab in"), "\(none.errors)")
            let up = Process()
            up.executableURL = LabctlProcess.executable
            // Passwords that take their time: the interruption comes before the sample data is complete.
            up.arguments = ["up", "--isolated", "--seed-data", "--persistence", "volatile", "--set", "users.password_cost=17"]
            up.currentDirectoryURL = folder
            let output = Pipe()
            (up.standardOutput, up.standardError) = (output, FileHandle.nullDevice)
            try up.run()
            let ready = try LabctlProcess.run("wait", "ready", "--timeout", "60s", directory: folder)
            #expect(ready.status == 0, "\(ready.errors)")
            kill(up.processIdentifier, SIGINT)
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            up.waitUntilExit()
            #expect(up.terminationStatus == 130 && !text.contains("ready in"), "\(up.terminationStatus) \(text)")
            #expect(try LabctlProcess.run("doctor", directory: folder).status == 0, "it has ended in order")
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
            "topology graph", "topic ls", "topic info", "topic tail", "topic pub", "group ls", "group lag", "group reset", "group rm",
            "dlq ls",
            "dlq show",
            "dlq retry", "dlq purge", "outbox ls", "inbox ls", "saga ls", "saga show", "sql", "rebuild", "reset", "config", "torture",
            "sim", "sweep", "replay", "shrink",
        ]
        for verb in verbs {
            let words = verb.split(separator: " ").map(String.init) + ["--help"]
            let help = try LabctlProcess.run(words: words, environment: ["COLUMNS": "80"])
            let example = help.output.split(separator: "\n", omittingEmptySubsequences: false).drop { $0 != "EXAMPLE" }.dropFirst()
            for line in example.prefix(while: { !$0.isEmpty }) {
                #expect(line.hasPrefix("  "), "\(verb): an example is broken at 80 columns: \(line)")
            }
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
            let called = try LabctlProcess.run("call", "GET", "/users/api/v1/users/1", "--json", directory: folder)
            let answer = try JSONSerialization.jsonObject(with: Data(called.output.utf8)) as? [String: Any]
            #expect((answer?["body"] as? [String: Any])?["email"] as? String == "demo@example.com", "\(called.output) \(called.errors)")
            #expect(try LabctlProcess.run("call", "GET", "/orders/api/v1/orders/99", directory: folder).status == 1)
            let malformed = try LabctlProcess.run("call", "GET", "/users/api/v1/users/1", "-H", "bad name: 1", directory: folder)
            #expect(malformed.status == 2 && malformed.errors.contains("header field names"), "\(malformed.status) \(malformed.errors)")
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
            #expect(try LabctlProcess.run("doctor", directory: folder).status == 17)
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
                "1 row would be changed"))
        #expect(try LabctlProcess.run("sql", "orders", change, "--write", directory: folder).output.contains("1 row changed"))
        for control in ["COMMIT", "\(change); ROLLBACK", "SAVEPOINT mine", "ATTACH ':memory:' AS mine"] {
            let kept = try LabctlProcess.run("sql", "orders", control, "--write", directory: folder)
            #expect(kept.status == 2 && kept.errors.contains("end the service's transaction"), "\(control): \(kept.errors)")
        }
        #expect(try LabctlProcess.run("sql", "orders", change, "--write", directory: folder).output.contains("1 row changed"))
        let typed = try LabctlProcess.run("sql", "orders", "SELECT 41 + 1 AS i, 0.5 AS r, '7' AS t, NULL AS n", "--json", directory: folder)
        let object = try JSONSerialization.jsonObject(with: Data(typed.output.utf8)) as? [String: Any]
        let row = try #require((object?["rows"] as? [[Any]])?.first, "\(typed.output) \(typed.errors)")
        #expect(row[0] as? Int == 42 && row[1] as? Double == 0.5 && row[2] as? String == "7" && row[3] is NSNull, "\(typed.output)")
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
        #expect(routes.output.contains("\"placeOrder\"") && routes.output.contains("open (authentication off)"))
        let views = try JSONSerialization.jsonObject(with: Data(routes.output.utf8)) as? [[String: Any]]
        let list = try #require(views?.first { $0["operation_id"] as? String == "listOrders" }?["gateway"] as? String, "\(routes.output)")
        #expect(list.hasSuffix("/orders/api/v1/orders"))
    }
}
