import Simulation

/// Test cards of the simulated processor.
public typealias Card = MarketplaceClient.Card

extension SimulatedLab {
    /// A person at the marketplace: typed requests, repeated while the lab is busy or gone. For services of one's own: ``Client``.
    public var client: MarketplaceClient { person("client") }
}
