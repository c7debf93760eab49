/// The newest messages published with `Idempotence.messageID`, by 128 bits of hash of source and identifier.
///
/// In memory, rebuilt from the end of the log at open: an index on disk of random identifiers would dirty a page a message.
/// Two different messages are taken for the same with a probability of about 2⁻⁹⁶ at a million entries.
///
/// Open addressing with linear probing over a table that is at most half full; no allocation after the start.
struct MessageIDWindow {
    struct ID: Hashable {
        let high: UInt64
        let low: UInt64
    }

    let capacity: Int
    private var table: [ID]
    private var mask: Int
    /// In the order of insertion; a ring once it is full.
    private var ring = [ID]()
    private var oldest = 0
    private static let empty = ID(high: 0, low: 0)

    init(capacity: Int) {
        self.capacity = capacity
        table = []
        mask = 0
    }

    func contains(_ id: ID) -> Bool { !table.isEmpty && table[place(of: id)] == id }

    /// Inserts an identifier that is not there, and forgets the oldest when the window is full.
    mutating func insert(_ id: ID) {
        guard capacity > 0, id != Self.empty, !contains(id) else { return }
        if ring.count == capacity {
            remove(ring[oldest])
            ring[oldest] = id
            oldest = (oldest + 1) % capacity
        } else {
            ring.append(id)
            growIfNeeded()
        }
        table[place(of: id)] = id
    }

    /// Where `id` is, or the empty place where it belongs.
    private func place(of id: ID) -> Int {
        var index = Int(truncatingIfNeeded: id.low) & mask
        while table[index] != Self.empty, table[index] != id { index = (index + 1) & mask }
        return index
    }

    private mutating func growIfNeeded() {
        guard table.count < ring.count * 2 else { return }
        var size = 1024
        while size < ring.count * 4 { size *= 2 }
        table = [ID](repeating: Self.empty, count: size)
        mask = size - 1
        for id in ring.dropLast() { table[place(of: id)] = id }
    }

    /// Backward-shift deletion: entries behind the gap move up so that no search ends too early.
    private mutating func remove(_ id: ID) {
        var gap = place(of: id)
        guard table[gap] == id else { return }
        var index = gap
        while true {
            table[gap] = Self.empty
            while true {
                index = (index + 1) & mask
                if table[index] == Self.empty { return }
                let home = Int(truncatingIfNeeded: table[index].low) & mask
                // Movable when its home is not cyclically between the gap and where it is.
                let isBetween = gap <= index ? (gap < home && home <= index) : (gap < home || home <= index)
                if !isBetween { break }
            }
            table[gap] = table[index]
            gap = index
        }
    }
}
