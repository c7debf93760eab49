import Foundation
import Runtime
import ServiceKit
import Testing

@Suite struct SettingsTests {
    @Test func `settings are read by kind, with defaults`() throws {
        let settings = Settings(["a": "x", "n": "7", "on": "yes", "wait": "1.5m", "short": "250ms", "bare": "3", "list": "a, b,,c"])
        #expect(settings.string("a", default: "y") == "x")
        #expect(settings.int("n", default: 1) == 7)
        #expect(settings.bool("on", default: false))
        #expect(settings.duration("wait", default: .zero) == .seconds(90))
        #expect(settings.duration("short", default: .zero) == .milliseconds(250))
        #expect(settings.duration("bare", default: .zero) == .seconds(3))
        #expect(settings.list("list", default: []) == ["a", "b", "c"])
        #expect(settings.int("absent", default: 5) == 5)
        #expect(Duration(typed: "36525d") == .typedMax && Timestamp(seconds: 4_000_000_000) + .typedMax > .epoch)
        for text in ["", "s", "-1s", "nan", "inf", "1e15h", "36526d", "9222000000000s", "9e18us"] {
            #expect(Duration(typed: text) == nil, "\(text)")
        }
        try settings.check()
    }

    @Test func `a misspelt key is an error that names the nearest one`() throws {
        let error = #expect(throws: SettingsError.self) {
            try NotesLab.with(settings: ["notes_mx": "5"]) { _ in }
        }
        #expect(error?.description == "unknown setting notes_mx: did you mean notes_max?")
    }

    @Test func `a value of the wrong kind is an error that says what is expected`() throws {
        let error = #expect(throws: SettingsError.self) {
            try NotesLab.with(settings: ["notes_max": "many", "keep_for": "long"]) { _ in }
        }
        #expect(
            error?.problems == [
                "setting notes_max must be a whole number, not \"many\"",
                "setting keep_for must be a duration such as 30s, 500ms, 5m, 2h or 1d, not \"long\"",
            ])
    }

    @Test func `secrets are made once, kept, and readable by their owner only`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("secrets-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }  // a leftover temporary folder harms nobody
        let first = try SecretStore(directory: folder).secret("token_key")
        #expect(first.count == 32)
        #expect(try SecretStore(directory: folder).secret("token_key") == first)
        #expect(try SecretStore(directory: folder).secret("other") != first)
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.appendingPathComponent("token_key").path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(throws: SecretError.self) { try SecretStore(directory: folder).secret("token_key", bytes: 16) }
    }

    @Test func `derived secrets repeat with their seed`() throws {
        #expect(try SecretStore(derivedFrom: 7).text("a") == SecretStore(derivedFrom: 7).text("a"))
        #expect(try SecretStore(derivedFrom: 7).text("a") != SecretStore(derivedFrom: 8).text("a"))
        #expect(try SecretStore(derivedFrom: 7).text("a", bytes: 5).count == 10)
    }
}
