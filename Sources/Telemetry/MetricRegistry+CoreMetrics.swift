import CoreMetrics

/// What libraries that speak swift-metrics need. Their labels' dots and dashes become underscores.
extension MetricRegistry: MetricsFactory {
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        counter(Self.name(label), labels: Self.labels(dimensions))
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(Self.name(label), labels: Self.labels(dimensions))
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        aggregate
            ? histogram(Self.name(label), labels: Self.labels(dimensions)) as any RecorderHandler
            : gauge(Self.name(label), labels: Self.labels(dimensions))
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(Self.name(label) + "_seconds", labels: Self.labels(dimensions))
    }

    // Series live as long as the registry: a counter that vanished and came back would look like a restart.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    private static func name(_ label: String) -> String {
        let name = String(label.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
        return isValid(name) ? name : "_" + name
    }

    private static func labels(_ dimensions: [(String, String)]) -> [String: String] {
        Dictionary(dimensions.map { (name($0.0), $0.1) }) { _, last in last }
    }
}
