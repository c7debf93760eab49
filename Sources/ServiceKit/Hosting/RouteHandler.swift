import Contracts
import Runtime
import Telemetry

/// A route with its metrics looked up beforehand.
struct RouteHandler: Sendable {
    let declaration: EndpointDeclaration
    let parameterNames: [String]
    let invoke: Routes.Invocation
    private let duration: MetricHistogram
    /// By the status's first digit, from 1xx on.
    private let counts: [MetricCounter]

    init(_ route: Routes.Route, metrics: MetricRegistry) {
        declaration = route.declaration
        parameterNames = EndpointDeclaration.parameterNames(of: route.declaration.path)
        invoke = route.invoke
        let operation = route.declaration.operationID
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
