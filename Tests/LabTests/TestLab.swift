import AsyncHTTPClient
import Foundation
import Lab
import NIOCore
import NIOHTTP1
import Testing

/// A running lab on free ports and a temporary data directory, and a client of its public API.
final class TestLab: Sendable {
    let lab: RunningLab
    let directory: DataDirectory
    let base: String
    private let removesData: Bool

    /// - Parameters:
    ///   - data: kept afterwards when given.
    ///   - settings: as for `--set`: `orders.reserve_timeout`.
    static func start(_ topology: String, data: URL? = nil, settings: [String: String] = [:]) async throws -> TestLab {
        let folder = data ?? FileManager.default.temporaryDirectory.appendingPathComponent("lab-test-\(UUID().uuidString)")
        var flags = ["topology": topology, "isolated": "true", "log_level": "warning", "persistence": "volatile", "budget_mebibytes": "64"]
        // scrypt as weak as it goes: the strength of passwords is not what these tests are about.
        if try TopologyLibrary.standard().topology(topology).instance(running: "users") != nil { flags["users.password_cost"] = "10" }
        flags.merge(settings) { _, new in new }
        let resolved = try LabSettings.resolve(flags: flags, environment: [:], library: .standard())
        let lab = try await RunningLab.start(resolved, directory: DataDirectory(folder))
        return TestLab(lab, removesData: data == nil)
    }

    private init(_ lab: RunningLab, removesData: Bool) {
        self.lab = lab
        directory = lab.directory
        base = lab.status().gateway ?? ""
        self.removesData = removesData
    }

    func stop() async {
        await lab.stop()
        if removesData { try? FileManager.default.removeItem(at: directory.root) }
    }

    /// Runs `body` with a lab and stops it afterwards, whatever happens.
    static func with(
        _ topology: String, data: URL? = nil, settings: [String: String] = [:], _ body: (TestLab) async throws -> Void
    ) async throws {
        let lab = try await start(topology, data: data, settings: settings)
        do {
            try await body(lab)
        } catch {
            await lab.stop()
            throw error
        }
        await lab.stop()
    }

    func address(of service: String) throws -> String {
        try #require(lab.status().services.first { $0.name == service || $0.service == service }?.url)
    }

    func quiet() async throws {
        let report = try await lab.quiet(within: .seconds(60))
        #expect(report.is_quiet, "still open: \(report.open)")
    }

    // MARK: Requests

    struct Answer: Sendable {
        let status: Int
        let headers: [String: String]
        let body: Data
        var text: String { String(decoding: body, as: UTF8.self) }

        /// A value of the JSON body, by keys and indices.
        subscript(path: String...) -> Any? {
            var value = try? JSONSerialization.jsonObject(with: body, options: .fragmentsAllowed)
            for key in path {
                if let index = Int(key), let list = value as? [Any] {
                    value = list.indices.contains(index) ? list[index] : nil
                } else {
                    value = (value as? [String: Any])?[key]
                }
            }
            return value is NSNull ? nil : value
        }
        func text(_ path: String) -> String? { self[path] as? String }
        func integer(_ path: String) -> Int? { (self[path] as? NSNumber)?.intValue }
        var items: [[String: Any]] { self["items"] as? [[String: Any]] ?? [] }
    }

    func send(
        _ method: HTTPMethod, _ path: String, _ json: String? = nil, token: String? = nil, headers: [String: String] = [:],
        base: String? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: (base ?? self.base) + path)
        request.method = method
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let json {
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: json))
        }
        if let token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let body = Data(try await response.body.collect(upTo: 64 << 20).readableBytesView)
        return Answer(
            status: Int(response.status.code),
            headers: Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first }, body: body)
    }

    // MARK: A marketplace with somebody in it

    func logIn(_ email: String, _ password: String) async throws -> String {
        let answer = try await send(.POST, "/api/v1/auth/login", #"{"email":"\#(email)","password":"\#(password)"}"#)
        return try #require(answer.text("access_token"), "log-in of \(email): \(answer.status) \(answer.text)")
    }

    func staff() async throws -> String { try await logIn("admin@lab.local", try lab.secret("staff_password")) }

    /// Registers and logs in.
    func buyer(_ email: String = "ada@example.com") async throws -> String {
        let answer = try await send(.POST, "/api/v1/users", #"{"email":"\#(email)","full_name":"Ada","password":"a-good-password"}"#)
        #expect(answer.status == 201, "\(answer.text)")
        return try await logIn(email, "a-good-password")
    }

    func product(_ sku: String = "BOOK", price: String = "10.00", onHand: Int, token: String) async throws -> Int {
        let answer = try await send(
            .POST, "/api/v1/products", #"{"sku":"\#(sku)","name":"A \#(sku)","price":"\#(price)","currency":"USD","on_hand":\#(onHand)}"#,
            token: token)
        return try #require(answer.integer("id"), "\(answer.status) \(answer.text)")
    }

    static let approved = "4242424242424242"
    static let declined = "4000000000000002"

    func order(_ product: Int, quantity: Int = 1, card: String = approved, token: String) async throws -> Int {
        let answer = try await send(
            .POST, "/api/v1/orders", #"{"lines":[{"product_id":\#(product),"quantity":\#(quantity)}],"card":"\#(card)"}"#, token: token)
        #expect(answer.status == 201, "\(answer.text)")
        return try #require(answer.integer("id"))
    }

    func stock(_ product: Int) async throws -> (onHand: Int?, reserved: Int?) {
        let answer = try await send(.GET, "/api/v1/products/\(product)/inventory")
        return (answer.integer("on_hand"), answer.integer("reserved"))
    }
}
