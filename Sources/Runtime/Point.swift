/// A named place in a port where a history event is recorded and where a simulated run may crash the instance.
///
/// Not every `await` suspends, and debug and release builds differ in which do; so a history is made of points, never of suspensions.
/// docs/points.md lists all of them.
public struct Point: Sendable, Hashable, CustomStringConvertible {
    public let name: String
    public init(_ name: String) { self.name = name }
    public var description: String { name }
}

extension Point {
    public static let storeBegin = Point("store.begin")
    public static let storeCommit = Point("store.commit")
    public static let storeAfter = Point("store.after")
    public static let busPublish = Point("bus.publish")
    public static let busDurable = Point("bus.durable")
    public static let busAfter = Point("bus.after")
    public static let busDeliver = Point("bus.deliver")
    public static let busAcknowledge = Point("bus.ack")
    public static let relayPublish = Point("relay.publish")
    public static let relayPublished = Point("relay.published")
    public static let timerWake = Point("timer.wake")
    public static let rpcSend = Point("rpc.send")
    public static let rpcReceive = Point("rpc.receive")
    public static let sagaStep = Point("saga.step")
}

/// Thrown by ``World/point(_:_:)`` when the simulation ends the instance there.
///
/// Ports let it pass without answering anyone: to the rest of the system the instance is simply gone.
public struct InstanceCrash: Error, Sendable {
    public let instance: String
    public let point: Point
    public init(instance: String, point: Point) {
        self.instance = instance
        self.point = point
    }
}

/// What a simulated world sees of the points that instances reach. Live worlds have none.
public protocol PointProbe: AnyObject, Sendable {
    func reached(_ point: Point, instance: String, subject: String) throws(InstanceCrash)
    func buggifies(_ name: String, instance: String, probability: Double) -> Bool
    func observed(_ claim: Claim, holds: Bool, instance: String)
}
