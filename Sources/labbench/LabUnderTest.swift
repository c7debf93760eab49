import Foundation

/// A marketplace in a process of its own, on free ports, with products whose stock does not run out.
final class LabUnderTest {
    let data: ScratchFolder
    let port: Int
    let pid: Int32
    let startupMilliseconds: Double
    let token: String
    let products: [Int64]

    enum Failure: Error, CustomStringConvertible {
        case cannotStart(String)
        case refused(String, Int, String)
        var description: String {
            switch self {
            case .cannotStart(let output): "the lab did not start: \(output)"
            case .refused(let what, let status, let body): "\(what) was answered \(status): \(body)"
            }
        }
    }

    private struct Ready: Decodable {
        struct Status: Decodable {
            var pid: Int32
            var gateway: String
            var startup_ms: Double
        }
        struct Sample: Decodable {
            struct Account: Decodable {
                var role: String
                var email: String
                var password: String
            }
            var accounts: [Account]
        }
        var status: Status
        var sample: Sample?
    }

    /// Starts a lab in `data` and stops it again; how long the start took inside the process, in milliseconds.
    static func startupTime(in data: ScratchFolder) throws -> Double {
        let ready = try up(data, seed: false)
        down(data)
        return ready.status.startup_ms
    }

    init(products count: Int) throws {
        data = try ScratchFolder("lab")
        let ready = try Self.up(data, seed: true)
        pid = ready.status.pid
        startupMilliseconds = ready.status.startup_ms
        port = URLComponents(string: ready.status.gateway)?.port ?? 0
        let staff = ready.sample!.accounts.first { $0.role == "staff" }!
        struct Tokens: Decodable { var access_token: String }
        struct Made: Decodable { var id: Int64 }
        let login = try Self.call(port, "POST", "/api/v1/auth/login", body: #"{"email":"\#(staff.email)","password":"\#(staff.password)"}"#)
        token = try JSONDecoder().decode(Tokens.self, from: login).access_token
        var ids = [Int64]()
        for index in 0..<count {
            let body =
                #"{"sku":"BENCH-\#(index)","name":"Measured thing \#(index)","description":"","price":"9.90","currency":"USD","on_hand":100000000}"#
            let made = try Self.call(port, "POST", "/api/v1/products", token: token, body: body)
            ids.append(try JSONDecoder().decode(Made.self, from: made).id)
        }
        products = ids
    }

    /// Places one order.
    /// - Returns: its number: how many there are.
    func placeOrder() throws -> Int64 {
        struct Made: Decodable { var id: Int64 }
        let body = #"{"lines":[{"product_id":\#(products[0]),"quantity":1}]}"#
        return try JSONDecoder().decode(Made.self, from: Self.call(port, "POST", "/api/v1/orders", token: token, body: body)).id
    }

    func memory() -> (all: Double, own: Double) { ChildProcess.memory(of: pid) }

    /// Until nothing is under way.
    func waitUntilQuiet() throws {
        let wait = try ChildProcess(
            ChildProcess.sibling("labctl"), ["wait", "quiet", "--timeout", "300s", "--data", data.url.path, "--json"], captureOutput: true)
        _ = wait.finish()
    }

    func stop() {
        Self.down(data)
        data.remove()
    }

    func headers() -> [String] { ["Authorization: Bearer \(token)"] }

    static func call(_ port: Int, _ method: String, _ path: String, token: String? = nil, body: String = "") throws -> Data {
        var answer: (status: Int, body: Data)?
        let headers = token.map { ["Authorization: Bearer \($0)"] } ?? []
        try LoadGenerator.run(port: port, connections: 1) { _, response in
            guard let response else { return LoadGenerator.request(method, path, headers: headers, body: body) }
            answer = (response.status, Data(response.body))
            return nil
        }
        guard let answer, (200..<300).contains(answer.status) else {
            throw Failure.refused("\(method) \(path)", answer?.status ?? 0, String(decoding: answer?.body ?? Data(), as: UTF8.self))
        }
        return answer.body
    }

    private static func up(_ data: ScratchFolder, seed: Bool) throws -> Ready {
        setenv("LAB_GATEWAY_RATE_LIMIT", "100000000", 1)
        let arguments = ["up", "--detach", "--isolated", "--json", "--data", data.url.path] + (seed ? ["--seed-data"] : [])
        let output = try ChildProcess(ChildProcess.sibling("labctl"), arguments, captureOutput: true).finish()
        do {
            return try JSONDecoder().decode(Ready.self, from: Data(output.utf8))
        } catch {
            throw Failure.cannotStart(output)
        }
    }

    private static func down(_ data: ScratchFolder) {
        // It may have gone already.
        _ = try? ChildProcess(ChildProcess.sibling("labctl"), ["down", "--data", data.url.path], captureOutput: true).finish()
    }
}
