import CoreMetrics
import Foundation
import Logging
import Runtime
import ServiceKit
import Telemetry
import Testing

@Suite struct TelemetryTests {
    @Test func `metrics are shown in the Prometheus text format`() {
        let registry = MetricRegistry()
        let counter = registry.counter("orders_total", "Orders.\nAll of them.", labels: ["status": "a \"b\"\\", "kind": "x"])
        counter.increment(by: 3)
        registry.gauge("depth", labels: [:]).set(1.5)
        registry.gauge("computed") { 7 }
        let histogram = registry.histogram("wait_seconds", "Waiting.", buckets: [0.1, 1])
        for value in [0.05, 0.1, 0.5, 2] { histogram.observe(value) }
        #expect(
            PrometheusText.write(registry.samples())
                == """
                # TYPE computed gauge
                computed 7
                # TYPE depth gauge
                depth 1.5
                # HELP orders_total Orders.\\nAll of them.
                # TYPE orders_total counter
                orders_total{kind="x",status="a \\"b\\"\\\\"} 3
                # HELP wait_seconds Waiting.
                # TYPE wait_seconds histogram
                wait_seconds_bucket{le="0.1"} 2
                wait_seconds_bucket{le="1.0"} 3
                wait_seconds_bucket{le="+Inf"} 4
                wait_seconds_sum 2.65
                wait_seconds_count 4

                """.replacingOccurrences(of: "le=\"1.0\"", with: "le=\"1\""))
    }

    @Test func `the same name and labels are the same metric, and labels are bounded`() {
        let registry = MetricRegistry(seriesMax: 3)
        #expect(registry.counter("a", labels: ["x": "1"]) === registry.counter("a", labels: ["x": "1"]))
        for index in 0..<10 { registry.counter("b", labels: ["x": "\(index)"]).increment() }
        let samples = registry.samples().filter { $0.name == "b" }
        #expect(samples.count == 4)
        #expect(samples.contains { $0.labels == ["overflow": "true"] })
    }

    @Test func `libraries that speak swift-metrics get the same registry`() {
        let registry = MetricRegistry()
        CoreMetrics.Counter(label: "http.calls", dimensions: [("peer", "a")], factory: registry).increment(by: 2)
        CoreMetrics.Timer(label: "took", dimensions: [], factory: registry).recordMilliseconds(250)
        #expect(registry.counter("http_calls", labels: ["peer": "a"]).value == 2)
        #expect(registry.histogram("took_seconds").sum == 0.25)
    }

    @Test func `a quantile is interpolated within its bucket`() {
        let histogram = MetricRegistry().histogram("h", buckets: [1, 2, 4])
        #expect(histogram.quantile(0.5) == nil)
        for _ in 0..<10 { histogram.observe(1.5) }
        #expect(histogram.quantile(0.5) == 1.5)
    }

    @Test func `a service counts its requests by operation and status`() throws {
        let text = try NotesLab.with { lab in
            _ = await lab.get("/notes")
            _ = await lab.get("/notes/9")
            return await lab.get("/metrics").text
        }
        #expect(text.contains(#"http_requests_total{operation="listNotes",status="2xx"} 1"#))
        #expect(text.contains(#"http_requests_total{operation="getNote",status="4xx"} 1"#))
        #expect(text.contains(#"http_request_duration_seconds_count{operation="listNotes"} 1"#))
    }

    @Test func `a trace context is read, continued and written`() throws {
        let text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let context = try #require(TraceContext(traceparent: text))
        #expect(context.traceparent == text)
        #expect(context.traceID == "0af7651916cd43dd8448eb211c80319c" && context.spanID == "b7ad6b7169203331" && context.isSampled)
        let child = context.child(random: RandomStream(seed: 1))
        #expect(child.traceID == context.traceID && child.spanID != context.spanID)
        #expect(TraceContext(traceparent: "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00-more")?.isSampled == false)
    }

    @Test(arguments: [
        "", "00-", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
    ])
    func `a malformed trace context is no trace context`(text: String) { #expect(TraceContext(traceparent: text) == nil) }

    @Test func `entries that cannot be written are counted, and the file is opened again as soon as it can be`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("logs-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }  // a leftover temporary folder harms nobody
        let file = folder.appendingPathComponent("lab.log")
        // A folder in its place cannot be opened for writing, not even by root.
        try FileManager.default.createDirectory(at: file, withIntermediateDirectories: true)
        let sink = LogSink(file: .init(url: file))
        func line(_ message: String) -> LogLine { LogLine(time: .epoch, level: "info", service: "orders", message: message) }
        sink.append(line("first"))
        #expect(sink.droppedWrites == 1 && sink.recent().count == 1)
        try FileManager.default.removeItem(at: file)
        sink.append(line("second"))
        #expect(sink.droppedWrites == 1)
        #expect(try String(contentsOf: file, encoding: .utf8).contains("second"))
    }

    @Test func `log lines go to a file that is changed when it is full`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("logs-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }  // a leftover temporary folder harms nobody
        let file = folder.appendingPathComponent("lab.log")
        let sink = LogSink(file: .init(url: file, bytesMax: 400, oldFilesMax: 2), linesMax: 4)
        try SimulatedRun(seed: 1).execute { world in
            var logger = ServiceLogHandler.logger(service: "orders", world: world, sink: sink)
            logger[metadataKey: "correlation_id"] = "c-1"
            logger.debug("not shown")
            for index in 0..<12 { logger.info("order placed", metadata: ["order": "\(index)"]) }
        }
        let last = try #require(sink.recent().last)
        #expect(last.message == "order placed" && last.fields == ["order": "11"] && last.correlation_id == "c-1")
        #expect(last.time == Timestamp(seconds: 1_767_225_600))
        #expect(sink.recent().count == 4)
        #expect(last.json.hasPrefix(#"{"correlation_id":"c-1","fields":{"order":"11"},"level":"info""#))
        #expect(last.readable.contains("INFO") && last.readable.contains("order=11"))
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(files == ["lab.log", "lab.log.1", "lab.log.2"])
        for name in files {
            let path = folder.appendingPathComponent(name).path
            let text = String(decoding: try #require(FileManager.default.contents(atPath: path)), as: UTF8.self)
            #expect(text.utf8.count <= 400)
            #expect(text.split(separator: "\n").allSatisfy { (try? JSONDecoder().decode(LogLine.self, from: Data($0.utf8))) != nil })
            #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
        }
    }
}
