import ArgumentParser
import AsyncHTTPClient
import Contracts
import Foundation
import Lab
import NIOCore
import NIOHTTP1

struct Call: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send a request to the gateway, or to one service.",
        discussion: """
            EXAMPLE
              labctl call GET /api/v1/products
              labctl call GET /api/v1/analytics/summary --staff
              labctl call POST /api/v1/orders --login demo@example.com:PASSWORD \\
                -d '{"lines":[{"product_id":1,"quantity":2}]}'

            The answer's body goes to standard output, its status to standard error. Exit code 1
            for a status of 400 and above and for an answer that is cut off, 2 for a request that
            cannot be sent, 7 when there is none within 60 s.

            With --json: status, headers and body; the body is JSON when its content type is,
            otherwise a string.
            """)
    @OptionGroup var lab: LabOptions
    @Argument(help: "GET, POST, PUT, PATCH or DELETE.") var method: String
    @Argument(help: "Path with query.") var path: String
    @Option(name: [.customShort("d"), .customLong("body")], help: "Body: JSON text, or @FILE.") var body: String?
    @Option(name: [.customShort("H"), .customLong("header")], help: "A header, `Name: value`. Repeatable.") var headers: [String] = []
    @Option(help: "Access token for `Authorization: Bearer`.") var token: String?
    @Option(help: ArgumentHelp("Log in first and use that token.", valueName: "email:password")) var login: String?
    @Flag(help: "Log in as the lab's staff account, which may do everything.") var staff = false
    @Option(help: "Straight to this service instead of the gateway.") var service: String?

    struct Answer: Encodable {
        var status: UInt
        var headers: [String: String]
        var body: JSONValue
    }

    func run() async throws {
        let verb = method.uppercased()
        let known = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
        guard known.contains(verb) else { throw LabError.unknown("method", method, known: known) }
        guard path.hasPrefix("/") else { throw ValidationError("the path must begin with a slash: \(path)") }
        let client = try lab.client()
        let base = try await base(client)
        var bearer = token
        if [token != nil, login != nil, staff].filter({ $0 }).count > 1 {
            throw ValidationError("--token, --login and --staff exclude each other")
        }
        if let login { bearer = try await APIClient(base: base).logIn(login) }
        if staff {
            let account: StaffLogin = try await client.get("/staff")
            bearer = try await APIClient(base: try await gateway(client)).logIn("\(account.email):\(account.password)")
        }
        var request = HTTPClientRequest(url: base + path)
        request.method = HTTPMethod(rawValue: verb)
        for header in headers {
            guard let colon = header.firstIndex(of: ":") else { throw ValidationError("-H \(header): it must be `Name: value`") }
            request.headers.add(
                name: String(header[..<colon]), value: header[header.index(after: colon)...].trimmingCharacters(in: .whitespaces))
        }
        if let bearer { request.headers.replaceOrAdd(name: "authorization", value: "Bearer \(bearer)") }
        if let text = body {
            request.body = .bytes(ByteBuffer(bytes: try Self.content(text)))
            if !request.headers.contains(name: "content-type") { request.headers.add(name: "content-type", value: "application/json") }
        }
        let (response, content) = try await answer(to: request)
        show(response, content)
        if response.status.code >= 400 { throw ExitCode(1) }
    }

    private func answer(to request: HTTPClientRequest) async throws -> (HTTPClientResponse, Data) {
        do {
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
            return (response, Data(try await response.body.collect(upTo: 64 << 20).readableBytesView))
        } catch {
            throw HTTPFailure.explain(error, request.url, after: .seconds(60))
        }
    }

    private func base(_ client: ControlClient) async throws -> String {
        if let service {
            let instance = try await client.service(named: service)
            guard let url = instance.url else {
                throw LabError(.failed, "\(instance.name) does not listen", why: "it is \(instance.state.rawValue)")
            }
            return url
        }
        return try await gateway(client)
    }

    private func gateway(_ client: ControlClient) async throws -> String {
        let status = try await client.status()
        guard let url = status.gateway else {
            throw LabError(.usage, "\(status.topology) has no gateway", next: "labctl call --service NAME …")
        }
        return url
    }

    private func show(_ response: HTTPClientResponse, _ content: Data) {
        let text = String(decoding: content, as: UTF8.self)
        if lab.json {
            let headers = Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { "\($0), \($1)" }
            lab.output.show(Answer(status: response.status.code, headers: headers, body: Self.body(text, type: headers["content-type"]))) {}
            return
        }
        Terminal.complain(Terminal.dim("\(response.status.code) \(response.status.reasonPhrase)"))
        Terminal.line(JSONText(text)?.pretty ?? text)
    }

    /// `application/json`, `application/problem+json` and their like; what says so and is none stays text.
    private static func body(_ text: String, type: String?) -> JSONValue {
        let media = (type ?? "").prefix { $0 != ";" }.lowercased()
        guard media.hasSuffix("/json") || media.hasSuffix("+json") else { return .string(text) }
        return (try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))) ?? .string(text)
    }

    private static func content(_ text: String) throws -> Data {
        guard text.hasPrefix("@") else { return Data(text.utf8) }
        let file = String(text.dropFirst())
        guard let data = FileManager.default.contents(atPath: file) else { throw LabError(.usage, "\(file) cannot be read") }
        return data
    }
}
