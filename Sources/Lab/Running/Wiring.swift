import Messaging
import Runtime
import ServiceKit

/// What lies between the services of a lab and the log, and between each other. Simulated labs put connections in between that can fail.
package struct Wiring: Sendable {
    /// The bus as the instance with this world sees it.
    package var bus: @Sendable (any MessageBus, World) -> any MessageBus
    /// A running instance as its callers see it.
    package var service: @Sendable (any RequestAnswering) -> any RequestAnswering

    package init(
        bus: @escaping @Sendable (any MessageBus, World) -> any MessageBus,
        service: @escaping @Sendable (any RequestAnswering) -> any RequestAnswering
    ) {
        self.bus = bus
        self.service = service
    }

    package static let direct = Wiring(bus: { bus, _ in bus }, service: { $0 })
}
