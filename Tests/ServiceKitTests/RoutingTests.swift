import Contracts
import Foundation
import ServiceKit
import Telemetry
import Testing

@Suite struct RoutingTests {
    @Test(arguments: ["/notes", "/notes/", "/api/notes", "/api/v1/notes/", "//notes"])
    func `prefixes and trailing slashes do not matter`(path: String) throws {
        let reply = try NotesLab.with { lab in
            _ = await lab.post(path, #"{"text":"a"}"#)
            return await lab.get(path)
        }
        #expect(reply.status == 200)
        #expect(try reply.json["items"]?[0]?["text"] == "a")
        #expect(try reply.json.objectValue?.keys.contains("next_cursor") == true)
    }

    @Test func `a literal segment wins over a parameter`() throws {
        let reply = try NotesLab.with { lab in
            _ = await lab.post("/notes", #"{"text":"a"}"#)
            return await lab.get("/notes/latest")
        }
        #expect(try reply.json["id"] == 1)
    }

    @Test func `an unknown path names the ones near it`() throws {
        let reply = try NotesLab.with { await $0.get("/api/v1/note") }
        #expect(reply.status == 404)
        #expect(reply.headers["content-type"] == "application/problem+json")
        let problem = try #require(reply.problem)
        #expect(problem.code == "path_not_found")
        #expect(problem.detail?.contains("/notes") == true)
        #expect(problem.detail?.contains("/internal") == false)
        #expect(problem.instance == "/api/v1/note")
    }

    @Test func `a wrong method says which ones there are`() throws {
        let (wrong, options) = try NotesLab.with { lab in
            (await lab.host.respond(RawRequest(.delete, "/notes")), await lab.host.respond(RawRequest(method: "OPTIONS", path: "/notes")))
        }
        #expect(wrong.status == 405)
        #expect(wrong.headers["Allow"] == "GET, HEAD, POST")
        #expect(wrong.problem?.code == "method_not_allowed")
        #expect(options.status == 204)
        #expect(options.headers["Allow"] == "GET, HEAD, POST")
    }

    @Test func `HEAD answers as GET without the body`() throws {
        let (head, get) = try NotesLab.with { lab in
            (await lab.host.respond(RawRequest(method: "HEAD", path: "/page")), await lab.get("/page"))
        }
        #expect(head.status == 200)
        #expect(head.body.isEmpty)
        #expect(head.headers["Content-Length"] == String(get.body.count))
    }

    @Test func `an id that is no number is not found`() throws {
        let (word, missing) = try NotesLab.with { lab in (await lab.get("/notes/abc"), await lab.get("/notes/42")) }
        #expect(word.status == 404)
        #expect(missing.problem?.code == "note_not_found")
        #expect(missing.problem?.detail == "There is no note 42.")
    }

    @Test func `a query parameter out of bounds is refused with its bounds`() throws {
        let reply = try NotesLab.with { await $0.get("/notes?limit=201") }
        #expect(reply.status == 400)
        #expect(reply.problem?.detail?.contains("from 1 to 200") == true)
    }

    @Test func `a request id and a trace are passed on, or made`() throws {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let (given, made, evil) = try NotesLab.with { lab in
            (
                await lab.get("/me", headers: ["x-request-id": "r-1", "Traceparent": parent, "X-User-ID": "u1"]), await lab.get("/notes"),
                await lab.get("/notes", headers: ["X-Request-ID": "a\nb", "traceparent": "00-zz"])
            )
        }
        #expect(given.headers["X-Request-ID"] == "r-1")
        #expect(try given.json["correlation_id"] == "r-1")
        #expect(given.headers["traceparent"]?.hasPrefix("00-0af7651916cd43dd8448eb211c80319c-") == true)
        #expect(given.headers["traceparent"] != parent)
        #expect(made.headers["X-Request-ID"]?.count == 36)
        #expect(evil.headers["X-Request-ID"]?.contains("\n") == false)
        #expect(evil.headers["traceparent"]?.count == 55)
    }

    @Test func `an internal failure is logged and not told`() throws {
        let (reply, lines) = try NotesLab.with { lab in (await lab.get("/failing"), lab.sink.recent()) }
        #expect(reply.status == 500)
        #expect(!reply.text.contains("secret") && !reply.text.contains("HiddenFailure"))
        let line = try #require(lines.first { $0.message == "request failed" })
        let id = try #require(line.fields?["error_id"])
        #expect(reply.text.contains(id))
        #expect(line.fields?["error"]?.contains("place.sqlite") == true)
        #expect(line.correlation_id == reply.headers["X-Request-ID"])
        #expect(line.fields?["traceparent"] == reply.headers["traceparent"])
        let problem = try reply.json
        #expect(problem["request_id"] == .string(line.correlation_id ?? "") && problem["instance"] == "/failing")
    }

    @Test(arguments: ["/health", "/api/health/", "/api/v1/health"])
    func `health has the keys that clients of known platforms expect`(path: String) throws {
        let reply = try NotesLab.with(options: HostOptions(displayName: "note-service")) { await $0.get(path) }
        #expect(reply.status == 200)
        let json = try reply.json
        #expect(json["status"] == "healthy")
        #expect(json["service"] == "note-service")
        #expect(json["database"] == "connected" && json["cache"] == "connected" && json["redis"] == "connected")
        #expect(json["timestamp"] == "2026-01-01T00:00:00Z")
    }

    @Test func `an instance that is stopped is alive, not ready, and refuses work`() throws {
        let (live, ready, work) = try NotesLab.with { lab in
            await lab.host.stop()
            return (await lab.get("/health/live"), await lab.get("/health/ready"), await lab.get("/notes"))
        }
        #expect(live.status == 200)
        #expect(ready.status == 503)
        #expect(work.status == 503)
        #expect(work.problem?.code == "not_ready")
        #expect(work.headers["Retry-After"] == "1")
    }
}
