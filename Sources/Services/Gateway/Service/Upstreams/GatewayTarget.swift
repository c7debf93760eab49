import Contracts

/// A service behind the gateway: what the composition root knows of it.
public struct GatewayTarget: Sendable {
    /// By its API's name; routes name it the same way.
    public var service: String { api.name }
    public let api: any ServiceAPI.Type

    public init(_ api: any ServiceAPI.Type) { self.api = api }
}
