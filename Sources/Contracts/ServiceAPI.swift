import Messaging

/// What one service offers to the others: its endpoints, topics and messages. Lives in the service's API target; peers see nothing else of it.
///
///     public enum OrdersAPI: ServiceAPI {
///         public static let name = "orders"
///         public static let summary = "Places, tracks and cancels orders."
///         public static let endpoints = [place.declaration, get.declaration]
///         public static let topics = [events]
///         public static let messages = [MessageDeclaration(placed)]
///     }
public protocol ServiceAPI: Sendable {
    /// Lower case, as in topologies and logs: `orders`.
    static var name: String { get }
    static var summary: String { get }
    static var endpoints: [EndpointDeclaration] { get }
    /// The topics that this service owns.
    static var topics: [Topic] { get }
    /// Every message type on those topics, and the replies this service sends on topics of others.
    static var messages: [MessageDeclaration] { get }
}

extension ServiceAPI {
    public static var topics: [Topic] { [] }
    public static var messages: [MessageDeclaration] { [] }
}
