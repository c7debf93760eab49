import Runtime

/// The worlds of a lab's clients by name: whoever asks for the same client twice gets the same random stream, and so never the same key twice.
final class ClientWorlds: @unchecked Sendable {
    // Unchecked: confined to the run's thread.
    private var worlds = [String: World]()

    func world(_ name: String, in world: World) -> World {
        if let known = worlds[name] { return known }
        let new = world.instance(name)
        worlds[name] = new
        return new
    }
}
