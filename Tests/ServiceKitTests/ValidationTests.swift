import Contracts
import Foundation
import ServiceKit
import Testing

@Suite struct ValidationTests {
    private func problem(_ body: String) throws -> Problem {
        let reply = try NotesLab.with { await $0.post("/notes", body) }
        return try #require(reply.problem)
    }

    @Test(arguments: [
        (#"{"text": "a",, }"#, "line 1, column 14: a name in double quotes is expected"),
        ("{\n \"text\": yes}", "line 2, column 10: a value is expected"),
        (#"{"text": "ü" "b"}"#, "line 1, column 14: a comma or } is expected"),
        (#"{"text": "a""#, "line 1, column 13: a comma or } is expected"),
        (#"{"text": "a"} x"#, "line 1, column 15: nothing may follow the value"),
        (#"{"text": tru}"#, "line 1, column 13: a value is expected"),
        ("{'text': 1}", "line 1, column 2: a name in double quotes is expected"),
        ("[1, 2", "line 1, column 6: a comma or ] is expected"),
    ])
    func `malformed JSON is a bad request that says where`(body: String, place: String) throws {
        let problem = try problem(body)
        #expect(problem.status == 400)
        #expect(problem.code == "malformed_json")
        #expect(problem.detail == "The body is not valid JSON, \(place).")
    }

    @Test func `no body at all is a bad request`() throws {
        #expect(try problem("").code == "body_missing")
    }

    @Test(arguments: [
        (#"{}"#, "text", "is required"),
        (#"{"text":5}"#, "text", "must be a string"),
        (#"{"text":null}"#, "text", "must not be null"),
        (#"{"text":"a","stars":"five"}"#, "stars", "must be a whole number"),
        (#"{"text":"a","stars":1.5}"#, "stars", "must be a whole number within range"),
        (#"{"text":"a","stars":99999999999999999999}"#, "stars", "must be a whole number within range"),
        (#"{"text":"a","lines":[{"quantity":2.5}]}"#, "lines[0].quantity", "must be a whole number within range"),
        (#"{"text":"a","color":"red"}"#, "color", "must be one of yellow, green"),
        (#"{"text":"a","due_at":"tomorrow"}"#, "due_at", "must be an RFC 3339 time such as 2025-12-04T10:00:00Z"),
        (#"{"text":"a","lines":[{"quantity":1},{"quantity":true}]}"#, "lines[1].quantity", "must be a whole number"),
        (#"{"text":"a","lines":[{}]}"#, "lines[0].quantity", "is required"),
        (#"{"text":"a","lines":{}}"#, "lines", "must be a list"),
        (#"{"text":"   "}"#, "text", "must not be empty"),
        (#"{"text":"a\u0000b"}"#, "text", "must not have control characters"),
        (#"{"text":"a\nb"}"#, "text", "must not have control characters"),
        // One Character, a hundred thousand accents: what counts is what it takes up.
        ("{\"text\":\"a" + String(repeating: "\u{301}", count: 100_000) + "\"}", "text", "must have 1 to 100 characters, has 100001"),
    ])
    func `a wrong field is named in the client's words`(body: String, field: String, message: String) throws {
        let problem = try problem(body)
        #expect(problem.status == 422)
        #expect(problem.code == "validation_failed")
        #expect(problem.errors == [FieldError(field: field, message: message)])
    }

    @Test func `all broken rules are reported together`() throws {
        let problem = try problem(#"{"text":"","stars":9,"lines":[{"quantity":1},{"quantity":0}]}"#)
        #expect(problem.errors?.map(\.field) == ["text", "stars", "lines[1].quantity"])
    }

    @Test func `nothing is written when a body is refused`() throws {
        let count = try NotesLab.with { lab in
            _ = await lab.post("/notes", #"{"text":"","stars":9}"#)
            return await lab.get("/internal/notes/count")
        }
        #expect(try count.json["count"] == 0)
    }

    @Test func `what no message can tell is refused and not written, and the next request goes through`() throws {
        let (refused, count, next) = try NotesLab.with { lab in
            let refused = await lab.post("/notes", #"{"text":"boast"}"#)
            let count = await lab.get("/internal/notes/count")
            return (refused, count, await lab.post("/notes", #"{"text":"a"}"#))
        }
        #expect(refused.status == 413)
        #expect(refused.problem?.code == "message_too_large")
        #expect(try count.json["count"] == 0)
        #expect(next.status == 201)
    }

    @Test func `a text of several lines may have line breaks, and nothing else that controls`() {
        func errors(_ text: String) -> [String] {
            var check = Validation()
            check.length(text, in: 0...10, field: "text", form: .lines)
            return check.errors.map(\.message)
        }
        #expect(errors("a\tb\r\nc\n") == [])
        #expect(errors("a\u{1B}[0m") == ["must not have control characters other than tabs and line breaks"])
        #expect(errors("12345678901") == ["must have at most 10 characters, has 11"])
    }

    @Test func `a body above 1 MiB is too large`() throws {
        let reply = try NotesLab.with { lab in
            await lab.post("/notes", #"{"text":""# + String(repeating: "a", count: 1 << 20) + #""}"#)
        }
        #expect(reply.status == 413)
        #expect(reply.problem?.code == "payload_too_large")
    }
}
