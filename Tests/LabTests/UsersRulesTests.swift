import Contracts
import Foundation
import Runtime
import Testing
import UsersAPI

@testable import UsersService

/// The users service's decisions, one by one, without a store.
@Suite struct UsersRulesTests {
    @Test func `an e-mail is folded for uniqueness and kept as written`() {
        let address = EmailAddress("  Ada@Example.COM ")
        #expect(address?.written == "Ada@Example.COM")
        #expect(address?.folded == "ada@example.com")
    }

    @Test(arguments: ["", "ada", "@example.com", "ada@", "a@b@c", "a b@c.d", "ada@exam ple.com", "ada@\u{0}x"])
    func `what is no e-mail is refused`(text: String) {
        #expect(EmailAddress(text) == nil)
    }

    @Test func `a password matches its hash and nothing else`() throws {
        let hash = try PasswordHash(of: "correct horse", salt: Data(repeating: 7, count: 16), cost: PasswordCost(log2N: 10))
        let stored = try #require(PasswordHash(text: hash.text))
        #expect(try stored.matches("correct horse"))
        #expect(try !stored.matches("correct horsf"))
        #expect(try !stored.matches(""))
        #expect(PasswordHash(text: "scrypt$ln=14,r=8,p=5$x") == nil)
    }

    @Test func `five attempts, then one in thirty seconds, and a success starts over`() {
        var throttle = LoginThrottle()
        let start = Timestamp(seconds: 1_000)
        for _ in 0..<5 { #expect(throttle.take("ada", now: start) == nil) }
        #expect(throttle.take("ada", now: start) == .seconds(30))
        #expect(throttle.take("bob", now: start) == nil)
        #expect(throttle.take("ada", now: start + .seconds(10)) == .seconds(20))
        #expect(throttle.take("ada", now: start + .seconds(30)) == nil)
        #expect(throttle.take("ada", now: start + .seconds(31)) != nil)
        throttle.succeeded("ada")
        for _ in 0..<5 { #expect(throttle.take("ada", now: start + .seconds(31)) == nil) }
    }

    /// `length()` of SQLite counts code points and stops at NUL: what passes here must pass there.
    @Test(arguments: [
        "\u{0}", "\u{0}Ada", "Ada\u{0}", String(repeating: "e\u{301}", count: 101), String(repeating: "👩‍👩‍👧‍👦", count: 29), " ",
    ]) func `a name is refused where the table would refuse it`(name: String) {
        #expect(Validation.errors(of: RegisterUser(email: "ada@example.com", full_name: name)).map(\.field) == ["full_name"])
        #expect(Validation.errors(of: PatchUser(full_name: name)).map(\.field) == ["full_name"])
    }

    @Test func `a profile and a setting are refused where the table would refuse them`() {
        let accents = String(repeating: "e\u{301}", count: 1_001)
        let profile = SetProfile(bio: accents, phone: accents, city: accents, language: accents, avatar_url: "https://\(accents)")
        #expect(Validation.errors(of: profile).map(\.field) == ["bio", "phone", "city", "language", "avatar_url"])
        #expect(Validation.errors(of: SetProfile(bio: "Two\nlines", phone: "+55 11", city: "São Paulo")).isEmpty)
        #expect(Validation.errors(of: SetSetting(value: accents)).map(\.field) == ["value"])
        #expect(Validation.errors(of: SetSetting(value: "\u{0}")).map(\.field) == ["value"])
    }

    @Test func `a setting's value must have the one form of its type`() {
        #expect(SettingType.integer.accepts("-12") && !SettingType.integer.accepts("012") && !SettingType.integer.accepts("1.0"))
        #expect(SettingType.boolean.accepts("true") && !SettingType.boolean.accepts("yes"))
        #expect(SettingType.decimal.accepts("3.50") && !SettingType.decimal.accepts("3.") && !SettingType.decimal.accepts("1e3"))
    }
}
