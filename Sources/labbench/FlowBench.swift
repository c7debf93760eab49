import Foundation

/// The whole flow through HTTP on loopback: checkouts, reads at the gateway.
enum FlowBench {
    private struct Placed: Decodable {
        var id: Int64
        var status: String
    }

    /// `clients` connections, each placing an order and waiting until it is confirmed before the next. Latency: POST to confirmed.
    static func checkouts(_ lab: LabUnderTest, clients: Int, for duration: Double) throws -> Sample {
        var started = [Double](repeating: 0, count: clients)
        var isWaiting = [Bool](repeating: false, count: clients)
        var latencies = [Double]()
        let headers = lab.headers()
        let start = seconds()
        try LoadGenerator.run(port: lab.port, connections: clients) { client, response in
            if let response {
                let placed = try? JSONDecoder().decode(Placed.self, from: Data(response.body))  // reported on the next line
                guard let placed, response.status < 300 else {
                    fatalError("an order was answered \(response.status): \(String(decoding: response.body, as: UTF8.self))")
                }
                // An order that is still open when the wait ends is asked for again.
                if !isWaiting[client] || ["pending", "reserved", "paid"].contains(placed.status) {
                    isWaiting[client] = true
                    return LoadGenerator.request("GET", "/api/v1/orders/\(placed.id)?wait=confirmed", headers: headers)
                }
                isWaiting[client] = false
                guard placed.status == "confirmed" else { fatalError("order \(placed.id) is \(placed.status)") }
                latencies.append((seconds() - started[client]) * 1e6)
            }
            guard seconds() - start < duration else { return nil }
            started[client] = seconds()
            return LoadGenerator.request("POST", "/api/v1/orders", headers: headers, body: order(lab, client + latencies.count))
        }
        return Sample(count: latencies.count, seconds: seconds() - start, latencies: latencies)
    }

    /// `clients` connections that post `orders` orders without waiting; until everything is confirmed, notified and counted.
    static func backlog(_ lab: LabUnderTest, clients: Int, orders: Int) throws -> Sample {
        var posted = 0
        var latencies = [Double]()
        let headers = lab.headers()
        let start = seconds()
        try LoadGenerator.run(port: lab.port, connections: clients) { _, response in
            if let response {
                guard response.status == 201 else { fatalError("an order was answered \(response.status)") }
                latencies.append(response.microseconds)
            }
            guard posted < orders else { return nil }
            posted += 1
            return LoadGenerator.request("POST", "/api/v1/orders", headers: headers, body: order(lab, posted))
        }
        try lab.waitUntilQuiet()
        return Sample(count: orders, seconds: seconds() - start, latencies: latencies)
    }

    /// `connections` connections that ask for `path` again and again.
    static func reads(port: Int, path: String, headers: [String] = [], connections: Int = 64, for duration: Double) throws -> Sample {
        let request = LoadGenerator.request("GET", path, headers: headers)
        var latencies = [Double]()
        let start = seconds()
        try LoadGenerator.run(port: port, connections: connections) { _, response in
            if let response {
                guard response.status == 200 else { fatalError("GET \(path) was answered \(response.status)") }
                latencies.append(response.microseconds)
            }
            return seconds() - start < duration ? request : nil
        }
        return Sample(count: latencies.count, seconds: seconds() - start, latencies: latencies)
    }

    /// One to three lines; the same for the same number.
    private static func order(_ lab: LabUnderTest, _ number: Int) -> String {
        let lines = (0...(number % 3)).map { line in
            #"{"product_id":\#(lab.products[(number * 7 + line * 13) % lab.products.count]),"quantity":\#(1 + (number + line) % 3)}"#
        }
        return #"{"lines":[\#(lines.joined(separator: ","))],"card":"4242424242424242"}"#
    }
}
