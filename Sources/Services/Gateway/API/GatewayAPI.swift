import Contracts
import Messaging

/// The gateway's own endpoints, beside the routes to the services behind it.
public enum GatewayAPI: ServiceAPI {
    public static let name = "gateway"
    public static let summary = "The door to the lab: routes, access tokens, rate limits, caching, circuit breakers."

    public static let routes = Endpoint<NoBody, GatewayRouteList>(
        .get, "/gateway/routes", "listGatewayRoutes", summary: "Which path goes to which service.", access: .public)
    public static let upstreams = Endpoint<NoBody, UpstreamList>(
        .get, "/gateway/upstreams", "listUpstreams", summary: "The services behind the gateway: circuit breakers, replicas, counts.",
        access: .public)
    public static let requests = Endpoint<NoBody, RequestLogPage>(
        .get, "/gateway/requests", "listGatewayRequests", summary: "The last requests, newest first, as long as they are remembered.",
        access: .staff, parameters: [.query("limit", .integer, "Entries; 50 when absent, at most 200.")])
    public static let ready = Endpoint<NoBody, GatewayReadiness>(
        .get, "/health/ready", "gatewayReadiness", summary: "Whether the services behind the gateway answer; 503 when one does not.",
        access: .public)
    public static let openAPI = EndpointDeclaration(
        .get, "/openapi.json", "mergedOpenAPI", summary: "The OpenAPI document of all services behind the gateway.", access: .public)
    public static let asyncAPI = EndpointDeclaration(
        .get, "/asyncapi.json", "mergedAsyncAPI", summary: "The AsyncAPI document of all topics and messages.", access: .public)
    public static let explorer = EndpointDeclaration(
        .get, "/docs", "explorer", summary: "A page to read and try every endpoint.", access: .public, produces: "text/html; charset=utf-8")

    public static let endpoints = [
        routes.declaration, upstreams.declaration, requests.declaration, ready.declaration, openAPI, asyncAPI, explorer,
    ]
}
