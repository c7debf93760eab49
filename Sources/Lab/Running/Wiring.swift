import Messaging
import Runtime
import ServiceKit
import Storage

/// What lies between the services of a lab and the log, and between each other, and where their files come from. Simulated labs put
/// connections in between that can fail.
package struct Wiring: Sendable {
    /// The bus as the instance with this world sees it.
    package var bus: @Sendable (any MessageBus, World) -> any MessageBus
    /// A running instance as its callers see it.
    package var service: @Sendable (any RequestAnswering) -> any RequestAnswering
    /// New stores as copies of what was migrated before; nil migrates each.
    package var templates: StoreTemplates?

    package init(
        bus: @escaping @Sendable (any MessageBus, World) -> any MessageBus,
        service: @escaping @Sendable (any RequestAnswering) -> any RequestAnswering, templates: StoreTemplates? = nil
    ) {
        self.bus = bus
        self.service = service
        self.templates = templates
    }

    package static let direct = Wiring(bus: { bus, _ in bus }, service: { $0 })
}
