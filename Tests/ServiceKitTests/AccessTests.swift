import Contracts
import Foundation
import ServiceKit
import Testing

@Suite struct AccessTests {
    private func status(_ path: String, _ headers: Headers, origin: RawRequest.Origin, authenticates: Bool = true) throws -> RawReply {
        try NotesLab.with(options: HostOptions(authenticates: authenticates, tokens: SampleTokens())) {
            await $0.get(path, headers: headers, origin: origin)
        }
    }

    @Test(arguments: [
        ("/me", "good-u1", 200), ("/me", "", 401), ("/me", "bad", 401), ("/staff", "good-u1", 403), ("/staff", "good-u1-staff", 200),
        ("/editors", "good-u1-editor", 200), ("/editors", "good-u1-staff", 200), ("/editors", "good-u1-buyer", 403), ("/notes", "bad", 200),
    ])
    func `an access rule lets in who may come in`(path: String, token: String, expected: Int) throws {
        let headers: Headers = token.isEmpty ? [:] : ["Authorization": "Bearer \(token)"]
        #expect(try status(path, headers, origin: .edge).status == expected)
    }

    @Test(arguments: [("", "token_missing"), ("bad", "token_invalid"), ("old", "token_expired")])
    func `a refusal says what is wrong with the token`(token: String, code: String) throws {
        let reply = try status("/me", token.isEmpty ? [:] : ["Authorization": "bearer \(token)"], origin: .edge)
        #expect(reply.problem?.code == code)
        #expect(reply.headers["WWW-Authenticate"]?.hasPrefix("Bearer") == true)
    }

    @Test func `identity headers from outside are removed`() throws {
        let forged: Headers = ["X-User-ID": "root", "x-user-roles": "staff"]
        #expect(try status("/me", forged, origin: .edge).status == 401)
        let both = try status("/me", ["x-USER-id": "root", "X-User-Roles": "staff", "Authorization": "Bearer good-u1"], origin: .edge)
        #expect(try both.json["user_id"] == "u1")
        #expect(try both.json["roles"] == [])
        // Not even handlers of raw requests see them: a gateway would pass them on.
        #expect(try status("/page", ["x-user-id": "root"], origin: .edge).text == "<p>hello</p>")
    }

    @Test func `identity headers of a trusted caller are believed`() throws {
        let reply = try status("/me", ["X-User-ID": "u7", "X-User-Roles": "buyer,staff"], origin: .peer)
        #expect(try reply.json["user_id"] == "u7")
        #expect(try reply.json["roles"] == ["buyer", "staff"])
    }

    @Test(arguments: [
        "/internal/notes/count", "/api/v1/internal/notes/count", "/INTERNAL/notes/count", "/%69nternal/notes/count", "/x/internal/y",
    ])
    func `internal endpoints do not exist at the edge`(path: String) throws {
        let reply = try status(path, ["Authorization": "Bearer good-u1-staff"], origin: .edge)
        #expect(reply.status == 404)
        #expect(reply.problem?.code == "internal_endpoint")
    }

    @Test func `internal endpoints answer peers`() throws {
        #expect(try status("/internal/notes/count", [:], origin: .peer).status == 200)
    }

    @Test func `without authentication everything but internal is public`() throws {
        #expect(try status("/staff", [:], origin: .edge, authenticates: false).status == 200)
        #expect(try status("/me", [:], origin: .edge, authenticates: false).status == 200)
        #expect(try status("/internal/notes/count", [:], origin: .edge, authenticates: false).status == 404)
    }
}
