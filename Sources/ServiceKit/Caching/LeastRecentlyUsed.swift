/// A dictionary of bounded size: when it is full, what was not looked at for longest goes first. Every operation takes constant time.
struct LeastRecentlyUsed<Key: Hashable, Value> {
    private struct Node {
        let key: Key
        var value: Value
        var newer: Int
        var older: Int
    }

    private var nodes = [Node?]()
    private var free = [Int]()
    private var places = [Key: Int]()
    private var newest = -1
    private var oldest = -1
    let countMax: Int

    init(countMax: Int) {
        precondition(countMax > 0, "a cache holds at least one entry")
        self.countMax = countMax
    }

    var count: Int { places.count }
    var keys: [Key] { Array(places.keys) }

    /// Looks without counting as use.
    func peek(_ key: Key) -> Value? { places[key].map { nodes[$0]!.value } }

    mutating func use(_ key: Key) -> Value? {
        guard let place = places[key] else { return nil }
        unlink(place)
        link(place)
        return nodes[place]!.value
    }

    /// - Returns: true when another entry had to go.
    @discardableResult
    mutating func set(_ key: Key, _ value: Value) -> Bool {
        if let place = places[key] {
            nodes[place]!.value = value
            unlink(place)
            link(place)
            return false
        }
        let isFull = places.count >= countMax
        if isFull { remove(nodes[oldest]!.key) }
        let place = free.popLast() ?? nodes.count
        let node = Node(key: key, value: value, newer: -1, older: -1)
        if place == nodes.count { nodes.append(node) } else { nodes[place] = node }
        places[key] = place
        link(place)
        return isFull
    }

    @discardableResult
    mutating func remove(_ key: Key) -> Value? {
        guard let place = places.removeValue(forKey: key) else { return nil }
        unlink(place)
        defer { nodes[place] = nil }
        free.append(place)
        return nodes[place]!.value
    }

    private mutating func link(_ place: Int) {
        nodes[place]!.older = newest
        nodes[place]!.newer = -1
        if newest >= 0 { nodes[newest]!.newer = place }
        newest = place
        if oldest < 0 { oldest = place }
    }

    private mutating func unlink(_ place: Int) {
        let node = nodes[place]!
        if node.newer >= 0 { nodes[node.newer]!.older = node.older } else { newest = node.older }
        if node.older >= 0 { nodes[node.older]!.newer = node.newer } else { oldest = node.newer }
    }
}
