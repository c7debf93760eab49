import Contracts
import Runtime
import Telemetry

/// A route with its metrics looked up beforehand.
struct RouteHandler: Sendable {
    let declaration: EndpointDeclaration
    let parameterNames: [String]
    let invoke: Routes.Invocation
    let metrics: OperationMetrics

    init(_ route: Routes.Route, metrics: MetricRegistry) {
        declaration = route.declaration
        parameterNames = EndpointDeclaration.parameterNames(of: route.declaration.path)
        invoke = route.invoke
        self.metrics = OperationMetrics(route.declaration.operationID, metrics)
    }
}

/// What takes the requests that no route matches.
struct FallbackHandler: Sendable {
    /// Its name in the metrics; no endpoint is called so.
    static let operation = "forward"

    let invoke: Routes.Invocation
    let metrics: OperationMetrics

    init(_ invoke: @escaping Routes.Invocation, metrics: MetricRegistry) {
        self.invoke = invoke
        self.metrics = OperationMetrics(Self.operation, metrics)
    }
}

/// How many requests an operation has answered, and how long they took.
struct OperationMetrics: Sendable {
    private let duration: MetricHistogram
    /// By the status's first digit, from 1xx on.
    private let counts: [MetricCounter]

    init(_ operation: String, _ metrics: MetricRegistry) {
        duration = metrics.histogram(
            TelemetryEvent.requestDuration.name, TelemetryEvent.requestDuration.summary, labels: ["operation": operation])
        counts = (1...5).map { digit in
            metrics.counter(
                TelemetryEvent.requests.name, TelemetryEvent.requests.summary, labels: ["operation": operation, "status": "\(digit)xx"])
        }
    }

    func record(status: Int, took: Duration) {
        duration.observe(took)
        counts[min(max(status / 100, 1), 5) - 1].increment()
    }
}
