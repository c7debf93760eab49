import Contracts
import Foundation
import Messaging
import Runtime
import ServiceKit
import Storage
import Testing
import UsersAPI

@testable import GatewayService

@Suite struct UsersSessionTests {
    @Test func `the first account has id 1, and an e-mail belongs to one account whatever its case`() throws {
        try SimulatedRun(seed: 1).execute { world in
            let lab = try await GatewayFixture.start(world)
            let reply = try await lab.send(.post, "/users/api/v1/users/", body: ["email": "demo@example.com", "full_name": "Demo User"])
            #expect(reply.status == 201)
            #expect(reply.json?["id"] as? Int == 1)
            let other = try await lab.send(.post, "/users/users", body: ["email": " DEMO@example.com", "full_name": "Somebody"])
            #expect(other.status == 409 && other.code == "email_taken")
            let slip = try await lab.send(.post, "/users/users", body: ["email": "demo", "full_name": " "])
            #expect(slip.status == 422 && slip.problem?.errors?.map(\.field) == ["email", "full_name"])
        }
    }

    @Test func `an account without a password exists but cannot log in`() throws {
        try SimulatedRun(seed: 2).execute { world in
            let lab = try await GatewayFixture.start(world)
            _ = try await lab.register("ada@example.com", password: nil)
            let reply = try await lab.send(.post, "/api/v1/auth/login", body: LogIn(email: "ada@example.com", password: "anything"))
            #expect(reply.status == 401 && reply.code == "invalid_credentials")
        }
    }

    @Test func `a log-in answers tokens that the gateway accepts until they expire`() throws {
        try SimulatedRun(seed: 3).execute { world in
            let lab = try await GatewayFixture.start(world)
            let user = try await lab.register("ada@example.com")
            let tokens = try await lab.logIn("ADA@example.com")
            let me = try await lab.send(.get, "/api/v1/auth/me", token: tokens.access_token)
            #expect(me.status == 200 && me.json?["id"] as? Int64 == user.id)
            try await world.sleep(for: .seconds(15 * 60))
            let late = try await lab.send(.get, "/api/v1/auth/me", token: tokens.access_token)
            #expect(late.status == 401 && late.code == "token_expired")
        }
    }

    @Test func `a token without signature, with another algorithm or with changed claims is refused`() throws {
        try SimulatedRun(seed: 4).execute { world in
            let lab = try await GatewayFixture.start(world)
            _ = try await lab.register("ada@example.com")
            let good = try await lab.logIn("ada@example.com").access_token.split(separator: ".").map(String.init)
            func encoded(_ text: String) -> String {
                Data(text.utf8).base64EncodedString().replacingOccurrences(of: "=", with: "").replacingOccurrences(of: "+", with: "-")
                    .replacingOccurrences(of: "/", with: "_")
            }
            func decoded(_ text: String) throws -> String {
                let base64 = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
                let padded = base64 + String(repeating: "=", count: (4 - base64.count % 4) % 4)
                return String(decoding: try #require(Data(base64Encoded: padded)), as: UTF8.self)
            }
            let header = try decoded(good[0])
            let none = encoded(header.replacingOccurrences(of: "ES256", with: "none"))
            let symmetric = encoded(header.replacingOccurrences(of: "ES256", with: "HS256"))
            let stranger = encoded("{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"stranger\"}")
            let promoted = encoded(try decoded(good[1]).replacingOccurrences(of: "buyer", with: "staff"))
            let cases: [(String, String)] = [
                ("\(none).\(good[1]).", "token_algorithm"), ("\(none).\(good[1]).\(good[2])", "token_algorithm"),
                ("\(symmetric).\(good[1]).\(good[2])", "token_algorithm"), ("\(stranger).\(good[1]).\(good[2])", "token_key_unknown"),
                ("\(good[0]).\(promoted).\(good[2])", "token_signature"), ("\(good[0]).\(good[1]).", "token_signature"),
                ("\(good[0]).\(good[1])", "token_malformed"), ("nonsense", "token_malformed"),
            ]
            for (token, code) in cases {
                let reply = try await lab.send(.get, "/api/v1/auth/me", token: token)
                #expect(reply.status == 401 && reply.code == code, "\(code): \(reply.code ?? "-")")
            }
        }
    }

    @Test func `a refresh token works once, and using it again ends the session`() throws {
        try SimulatedRun(seed: 5).execute { world in
            let lab = try await GatewayFixture.start(world)
            _ = try await lab.register("ada@example.com")
            let first = try await lab.logIn("ada@example.com")
            func refresh(_ token: String) async throws -> RawReply {
                try await lab.send(.post, "/api/v1/auth/refresh", body: RefreshTokens(refresh_token: token))
            }
            let renewed = try await refresh(first.refresh_token)
            #expect(renewed.status == 200)
            let second = try JSONCoding.decode(TokenPair.self, from: renewed.body)
            #expect(second.refresh_token != first.refresh_token && second.access_token != first.access_token)

            let reused = try await refresh(first.refresh_token)
            #expect(reused.status == 401 && reused.code == "refresh_token_reused")
            #expect(try await refresh(second.refresh_token).code == "refresh_token_invalid", "the whole family is revoked")

            try await world.sleep(for: .seconds(1))
            let revoked = lab.bus.published.filter(UsersAPI.sessionRevoked.matches)
            #expect(revoked.count == 2, "both access tokens of the session are void")
            for message in revoked { try await lab.deliver(message) }
            #expect(try await lab.send(.get, "/api/v1/auth/me", token: second.access_token).code == "token_revoked")
        }
    }

    @Test func `a log-out ends the session and voids its access token`() throws {
        try SimulatedRun(seed: 6).execute { world in
            let lab = try await GatewayFixture.start(world)
            _ = try await lab.register("ada@example.com")
            let tokens = try await lab.logIn("ada@example.com")
            #expect(try await lab.send(.get, "/api/v1/auth/me", token: tokens.access_token).status == 200)
            let reply = try await lab.send(.post, "/api/v1/auth/logout", token: tokens.access_token, body: LogOut())
            #expect(reply.status == 200 && reply.json?["sessions_ended"] as? Int == 1)
            try await world.sleep(for: .seconds(1))
            for message in lab.bus.published where UsersAPI.sessionRevoked.matches(message) { try await lab.deliver(message) }
            #expect(try await lab.send(.get, "/api/v1/auth/me", token: tokens.access_token).code == "token_revoked")
            let refresh = try await lab.send(.post, "/api/v1/auth/refresh", body: RefreshTokens(refresh_token: tokens.refresh_token))
            #expect(refresh.status == 401)
        }
    }

    @Test func `log-ins are throttled by e-mail, known or not, and the answers do not differ`() throws {
        try SimulatedRun(seed: 7).execute { world in
            let lab = try await GatewayFixture.start(world)
            _ = try await lab.register("ada@example.com")
            for email in ["ada@example.com", "nobody@example.com"] {
                for _ in 0..<5 {
                    let reply = try await lab.send(.post, "/api/v1/auth/login", body: LogIn(email: email, password: "wrong"))
                    #expect(reply.status == 401 && reply.code == "invalid_credentials")
                }
                let reply = try await lab.send(.post, "/api/v1/auth/login", body: LogIn(email: email, password: "wrong"))
                #expect(reply.status == 429 && reply.code == "login_throttled" && reply.headers["Retry-After"] == "30")
            }
            try await world.sleep(for: .seconds(30))
            #expect(try await lab.logIn("ada@example.com").user.email == "ada@example.com")
        }
    }

    @Test func `the staff account comes with its secret, and only staff grants roles`() throws {
        try SimulatedRun(seed: 8).execute { world in
            let lab = try await GatewayFixture.start(world)
            let user = try await lab.register("ada@example.com")
            let taken = try await lab.send(.post, "/users/users", body: RegisterUser(email: "ADMIN@lab.local", full_name: "Mallory"))
            #expect(taken.code == "email_reserved")
            let wrong = try await lab.send(.post, "/api/v1/auth/login", body: LogIn(email: "admin@lab.local", password: "admin"))
            #expect(wrong.code == "invalid_credentials")

            let ada = try await lab.logIn("ada@example.com")
            let grant = "/api/v1/users/\(user.id)/roles"
            #expect(try await lab.send(.put, grant, token: ada.access_token, body: GrantRoles(roles: ["staff"])).status == 403)
            let staff = try await lab.staff()
            let reply = try await lab.send(.put, grant, token: staff.access_token, body: GrantRoles(roles: ["seller", "buyer"]))
            #expect(reply.status == 200 && reply.json?["roles"] as? [String] == ["buyer", "seller"])
            let last = try await lab.send(
                .put, "/api/v1/users/\(staff.user.id)/roles", token: staff.access_token, body: GrantRoles(roles: ["buyer"]))
            #expect(last.code == "last_staff")
        }
    }

    @Test func `an account is its owner's`() throws {
        try SimulatedRun(seed: 9).execute { world in
            let lab = try await GatewayFixture.start(world)
            let ada = try await lab.register("ada@example.com")
            let bob = try await lab.register("bob@example.com")
            let token = try await lab.logIn("ada@example.com").access_token
            #expect(try await lab.send(.get, "/api/v1/users/\(ada.id)", token: token).status == 200)
            #expect(try await lab.send(.get, "/api/v1/users/\(bob.id)", token: token).code == "not_owner")
            #expect(try await lab.send(.get, "/api/v1/users", token: token).status == 403)
            #expect(try await lab.send(.get, "/api/v1/users/\(ada.id)").status == 401)
            let setting = try await lab.send(
                .put, "/api/v1/users/\(ada.id)/settings/page.size", token: token, body: SetSetting(type: .integer, value: "20"))
            #expect(setting.status == 200)
            let wrong = try await lab.send(
                .put, "/api/v1/users/\(ada.id)/settings/page.size", token: token, body: SetSetting(type: .integer, value: "many"))
            #expect(wrong.status == 422)
            let log = try await lab.send(.get, "/api/v1/users/\(ada.id)/activity", token: token)
            #expect((log.json?["items"] as? [[String: Any]])?.map { $0["kind"] as? String } == ["logged_in", "registered"])
        }
    }

    @Test func `one seed gives one history, signatures notwithstanding`() throws {
        func history() throws -> String {
            let run = SimulatedRun(seed: 10)
            try run.execute { world in
                let lab = try await GatewayFixture.start(world)
                _ = try await lab.register("ada@example.com")
                let tokens = try await lab.logIn("ada@example.com")
                _ = try await lab.send(.post, "/api/v1/auth/refresh", body: RefreshTokens(refresh_token: tokens.refresh_token))
                try await world.sleep(for: .seconds(1))
            }
            return "\(run.history.digest)"
        }
        #expect(try history() == history())
    }
}

extension GatewayFixture {
    /// Hands a message of the users service to the gateway's consumer.
    func deliver(_ message: Message) async throws {
        let revoked = try UsersAPI.sessionRevoked.payload(of: message)
        let gate = gatewayService.gate
        try await gateway.context.store.write(cause: .of(message)) { tx in try gate.revoke(revoked, in: tx) }
    }
}
