import Runtime

/// How far one group has come in one partition: what is acknowledged, in flight, waiting for its next attempt, or held back.
///
/// A state machine without time, disk or await of its own: input in, instruction out.
///
///             read                 take                acknowledge
///     unseen ──────▶ ready ─────────────────▶ in flight ──────────▶ done
///        │             ▲  key is busy: stays     │  │
///        └─────────────┼─────────────────────────┘  │ refused, lease over
///          key is free │ release, rebalance         ▼
///                      └───────────────────────  waiting (until due; a retry row on disk)
///
/// Everything below `committed` is done. Messages at and above `cursor` have not been looked at. Between them, `entries` lists what is
/// not done; the rest is done. So what is kept grows with what is outstanding, not with how far consumers ran ahead of one
/// message that fails: the gaps are the acknowledgement bitmap, run-length encoded.
///
/// Order per key: a message is held while another one with its key, delivered by an earlier call, is unanswered or waits for a
/// retry. A message that has failed is delivered alone of its key. Other keys go on.
struct PartitionConsumption {
    enum State: UInt8 {
        /// May be delivered as soon as its key is free.
        case ready
        case inFlight
        /// For its next attempt at `moment`.
        case waiting
        /// Acknowledged; a tombstone until the next compaction.
        case done
    }

    struct Entry {
        let offset: UInt64
        var keyHash: UInt64
        var state: State
        /// A copy of the message is in the retry row: its log record may be gone. Does not hold back `committed`.
        var isDetached = false
        /// A retry row exists on disk.
        var hasRow = false
        /// Deliveries counted so far, the one in flight included.
        var attempt = 0
        /// End of the lease in flight, or when a waiting entry is due.
        var moment = Timestamp.epoch
        /// The `take` or `admit` round that put it in flight.
        var round: UInt64 = 0
    }

    /// A delivery made again.
    struct Redelivery: Equatable {
        let offset: UInt64
        let attempt: Int
        let isDetached: Bool
    }

    /// What is kept in memory for one partition is bounded: with this many messages outstanding nothing new is looked at.
    static let outstandingMax = 16_384

    private(set) var entries = ContiguousArray<Entry>()
    private var tombstones = 0
    /// Entries that are `ready` or `waiting`.
    private var idle = 0
    private(set) var inFlight = 0
    /// The next offset to look at.
    private(set) var cursor: UInt64
    /// Acknowledged runs at or above the cursor, ascending: known after a reopen.
    private var skipped: [Range<UInt64>]
    private(set) var failures = [UInt64: FailureHistory]()
    private var round: UInt64 = 0
    /// An idle entry may have become deliverable for another reason than time.
    private var mustScan = false
    private var nextDue: Timestamp?

    init(committed: UInt64, acknowledged: [Range<UInt64>] = []) {
        cursor = committed
        skipped = acknowledged
        passSkipped()
    }

    // MARK: What can be seen

    var outstanding: Int { entries.count - tombstones }

    /// What counts against ``outstandingMax``. Retries that lie ahead of the cursor, after a reopen, do not: reading on adds nothing to
    /// them, and without reading on they would never be reached.
    private var held: Int {
        guard let last = entries.last, last.offset >= cursor else { return outstanding }
        return entries[..<lowerBound(cursor)].count { $0.state != .done }
    }
    var retrying: Int { failures.count }

    /// Everything below is acknowledged or a dead letter.
    var committed: UInt64 {
        for entry in entries where entry.state != .done && !entry.isDetached {
            return min(entry.offset, cursor)
        }
        return cursor
    }

    /// Messages below `next` that are not done.
    func lag(next: UInt64) -> UInt64 {
        let ahead = next - min(next, cursor)
        let skippedAhead = skipped.reduce(0) { $0 + UInt64($1.count) }
        var seen: UInt64 = 0
        for entry in entries where entry.state != .done && (entry.isDetached || entry.offset < cursor) { seen += 1 }
        return ahead - min(ahead, skippedAhead) + seen
    }

    /// Runs of acknowledged offsets above `committed`, ascending.
    var acknowledgedRuns: [Range<UInt64>] {
        var runs = [Range<UInt64>]()
        var from = committed
        for entry in entries where entry.state != .done && !entry.isDetached && entry.offset < cursor {
            if entry.offset > from { runs.append(from..<entry.offset) }
            from = entry.offset + 1
        }
        if from < cursor, !runs.isEmpty || from > committed { runs.append(from..<cursor) }
        for run in skipped {
            if let last = runs.last, last.upperBound == run.lowerBound {
                runs[runs.count - 1] = last.lowerBound..<run.upperBound
            } else {
                runs.append(run)
            }
        }
        return runs
    }

    /// Whether `take` and reading on would find something to do at `now`.
    func isDeliverable(now: Timestamp, next: UInt64) -> Bool {
        if mustScan { return true }
        if let nextDue, nextDue <= now { return true }
        return cursor < next && held < Self.outstandingMax
    }

    /// The earliest time after `now` at which a lease ends or a retry is due.
    func nextMoment(after now: Timestamp) -> Timestamp? {
        var earliest: Timestamp?
        for entry in entries where (entry.state == .inFlight || entry.state == .waiting) && entry.moment > now {
            if earliest == nil || entry.moment < earliest! { earliest = entry.moment }
        }
        return earliest
    }

    func entry(_ offset: UInt64) -> Entry? { find(offset).map { entries[$0] }.flatMap { $0.state == .done ? nil : $0 } }

    // MARK: Delivering

    /// Begins a round of delivery: what was seen before and may be delivered now, at most `max`, in order; it is in flight afterwards.
    mutating func take(now: Timestamp, max: Int, lease: Duration) -> [Redelivery] {
        round += 1
        guard mustScan || nextDue.map({ $0 <= now }) == true else { return [] }
        var taken = [Redelivery]()
        // A key is busy while any of its messages is in flight, a later one included: two of a key never run at once.
        var busy = Set<UInt64>()
        for entry in entries where entry.state == .inFlight { busy.insert(entry.keyHash) }
        nextDue = nil
        mustScan = false
        for index in entries.indices {
            let entry = entries[index]
            switch entry.state {
            case .done, .inFlight: continue
            case .waiting where entry.moment > now:
                if !seeded("bus.waiting-message-overtaken") { busy.insert(entry.keyHash) }
                if nextDue == nil || entry.moment < nextDue! { nextDue = entry.moment }
            case .ready, .waiting:
                // After a reopen a retry can lie ahead of the cursor: it waits until everything before it has been looked at.
                guard entry.isDetached || entry.offset < cursor else { continue }
                guard !busy.contains(entry.keyHash) else { continue }
                guard taken.count < max else {
                    mustScan = true
                    return taken
                }
                if entry.attempt > 0 { busy.insert(entry.keyHash) }
                putInFlight(index, now + lease)
                idle -= 1
                taken.append(Redelivery(offset: entry.offset, attempt: entries[index].attempt, isDetached: entry.isDetached))
            }
        }
        return taken
    }

    /// New offsets to read now: at most `max`, without those that are done or known; empty when too much is outstanding.
    mutating func freshRange(next: UInt64, max: Int) -> Range<UInt64> {
        passSkipped()
        let room = Swift.min(max, Self.outstandingMax - held)
        guard room > 0, cursor < next else { return cursor..<cursor }
        var end = Swift.min(next, cursor + UInt64(room))
        if let run = skipped.first { end = Swift.min(end, run.lowerBound) }
        return cursor..<end
    }

    /// Takes in the messages of a range given by `freshRange`, in order.
    /// - Returns: which of them are to be delivered; the others wait for their key.
    mutating func admit(_ fresh: [(offset: UInt64, keyHash: UInt64)], upTo end: UInt64, now: Timestamp, lease: Duration) -> [Bool] {
        var busy = Set<UInt64>()
        if outstanding > 0, let first = fresh.first?.offset {
            for entry in entries where entry.state != .done {
                // A retry from before a reopen that lies ahead does not hold back what comes before it.
                if entry.state != .inFlight, entry.offset >= first { continue }
                if entry.state == .waiting, seeded("bus.waiting-message-overtaken") { continue }
                // A first delivery of this very round goes to the same caller, in order.
                if entry.state == .inFlight, entry.round == round, entry.attempt == 1 { continue }
                busy.insert(entry.keyHash)
            }
        } else if outstanding == 0, tombstones > 0 {
            entries.removeAll(keepingCapacity: true)
            tombstones = 0
        }
        var delivered = [Bool]()
        delivered.reserveCapacity(fresh.count)
        for (offset, keyHash) in fresh {
            if let last = entries.last, last.offset >= offset, find(offset) != nil {
                // A retry known from before a reopen: its turn comes by `take`.
                mustScan = true
                busy.insert(keyHash)
                delivered.append(false)
                continue
            }
            let isBusy = !busy.isEmpty && busy.contains(keyHash)
            var entry = Entry(offset: offset, keyHash: keyHash, state: .ready)
            if isBusy {
                idle += 1
            } else {
                entry.state = .inFlight
                entry.attempt = 1
                entry.moment = now + lease
                entry.round = round
                inFlight += 1
            }
            insert(entry)
            delivered.append(!isBusy)
        }
        cursor = max(cursor, end)
        passSkipped()
        return delivered
    }

    private mutating func putInFlight(_ index: Int, _ lease: Timestamp) {
        entries[index].state = .inFlight
        entries[index].attempt += 1
        entries[index].moment = lease
        entries[index].round = round
        inFlight += 1
    }

    // MARK: Answers

    enum Answer: Equatable { case done(removesRow: Bool), unknown }

    /// - Returns: `unknown` when the message is done already or was never delivered.
    mutating func acknowledge(_ offset: UInt64) -> Answer {
        guard let index = find(offset), entries[index].state != .done else { return .unknown }
        let entry = entries[index]
        guard entry.attempt > 0 else { return .unknown }
        finish(index)
        return .done(removesRow: entry.hasRow)
    }

    /// The consumer did not try it: ready again, the attempt is not counted.
    mutating func release(_ offset: UInt64) {
        guard let index = find(offset), entries[index].state == .inFlight else { return }
        if seeded("bus.handed-back-counts-as-done") { return finish(index) }
        releaseEntry(index)
    }

    /// The next attempt is due at `due`; its row has been written.
    /// - Returns: false when the message has been acknowledged meanwhile, so that the row must go.
    mutating func postpone(_ offset: UInt64, until due: Timestamp, _ failure: FailureHistory) -> Bool {
        guard let index = find(offset), entries[index].state != .done else { return false }
        if entries[index].state == .inFlight {
            inFlight -= 1
            idle += 1
        }
        entries[index].state = .waiting
        entries[index].attempt = failure.attempts
        entries[index].hasRow = true
        entries[index].moment = due
        failures[offset] = failure
        mustScan = true
        return true
    }

    /// The message has become a dead letter; its retry row is gone.
    mutating func bury(_ offset: UInt64) {
        guard let index = find(offset), entries[index].state != .done else { return }
        finish(index)
    }

    /// A dead letter is tried again; a row with a copy of the message has been written.
    mutating func revive(_ offset: UInt64, keyHash: UInt64, due: Timestamp, _ failure: FailureHistory) {
        if let index = find(offset), entries[index].state == .done {
            entries.remove(at: index)
            tombstones -= 1
        }
        guard find(offset) == nil else { return }
        insert(
            Entry(
                offset: offset, keyHash: keyHash, state: .waiting, isDetached: true, hasRow: true, attempt: failure.attempts, moment: due))
        idle += 1
        failures[offset] = failure
        mustScan = true
    }

    /// Puts back what a retry row says, at open.
    mutating func restore(_ offset: UInt64, keyHash: UInt64, due: Timestamp, isDetached: Bool, _ failure: FailureHistory) {
        insert(
            Entry(
                offset: offset, keyHash: keyHash, state: .waiting, isDetached: isDetached, hasRow: true, attempt: failure.attempts,
                moment: due))
        idle += 1
        failures[offset] = failure
        mustScan = true
    }

    /// The member has left or lost the partition: what is in flight is ready again, uncounted.
    mutating func releaseAll() {
        for index in entries.indices where entries[index].state == .inFlight {
            if seeded("bus.rebalance-drops-what-is-in-flight") { finish(index, compacting: false) } else { releaseEntry(index) }
        }
        if idle > 0 { mustScan = true }
    }

    /// Messages whose lease is over at `now`.
    func expired(now: Timestamp) -> [UInt64] {
        guard inFlight > 0, !seeded("bus.leases-never-end") else { return [] }
        return entries.filter { $0.state == .inFlight && $0.moment <= now }.map(\.offset)
    }

    // MARK: Moving

    /// Begins again at `offset`. Entries are forgotten, except copies of dead letters that are tried again.
    /// - Returns: offsets whose retry rows must go.
    mutating func seek(to offset: UInt64) -> [UInt64] {
        var kept = ContiguousArray<Entry>()
        var rows = [UInt64]()
        for entry in entries where entry.state != .done {
            if entry.isDetached {
                kept.append(entry)
            } else {
                if entry.hasRow { rows.append(entry.offset) }
                failures[entry.offset] = nil
            }
        }
        entries = kept
        tombstones = 0
        idle = kept.filter { $0.state != .inFlight }.count
        inFlight = kept.count - idle
        cursor = offset
        skipped = []
        mustScan = idle > 0
        return rows
    }

    /// Everything below `offset` has been dropped from the log.
    /// - Returns: offsets whose retry rows must go; nil when nothing changed.
    mutating func drop(below offset: UInt64) -> [UInt64]? {
        guard committed < offset else { return nil }
        var rows = [UInt64]()
        for index in entries.indices where entries[index].offset < offset && !entries[index].isDetached && entries[index].state != .done {
            if entries[index].hasRow { rows.append(entries[index].offset) }
            finish(index, compacting: false)
        }
        compact()
        cursor = max(cursor, offset)
        skipped = skipped.compactMap { $0.upperBound <= offset ? nil : max($0.lowerBound, offset)..<$0.upperBound }
        passSkipped()
        return rows
    }

    /// The log has a gap at the cursor: nothing of it can be read.
    mutating func pass(_ gap: Range<UInt64>) {
        precondition(gap.lowerBound == cursor, "only what comes next is passed over")
        cursor = gap.upperBound
        passSkipped()
    }

    // MARK: The list of entries

    private mutating func insert(_ entry: Entry) {
        if let last = entries.last, last.offset >= entry.offset {
            entries.insert(entry, at: lowerBound(entry.offset))
        } else {
            entries.append(entry)
        }
    }

    private func lowerBound(_ offset: UInt64) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].offset < offset { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func find(_ offset: UInt64) -> Int? {
        let index = lowerBound(offset)
        return index < entries.count && entries[index].offset == offset ? index : nil
    }

    private mutating func finish(_ index: Int, compacting: Bool = true) {
        if entries[index].state == .inFlight { inFlight -= 1 } else { idle -= 1 }
        if entries[index].hasRow { failures[entries[index].offset] = nil }
        entries[index].state = .done
        tombstones += 1
        if idle > 0 { mustScan = true }
        if compacting, tombstones == entries.count || tombstones > 64 && tombstones * 2 > entries.count { compact() }
    }

    private mutating func compact() {
        entries.removeAll { $0.state == .done }
        tombstones = 0
    }

    private mutating func releaseEntry(_ index: Int) {
        inFlight -= 1
        idle += 1
        // An entry with a retry row was due when it was delivered, so it stays due.
        entries[index].state = entries[index].hasRow ? .waiting : .ready
        entries[index].attempt -= 1
        entries[index].moment = .epoch
        mustScan = true
    }

    private mutating func passSkipped() {
        while let run = skipped.first, run.lowerBound <= cursor {
            cursor = max(cursor, run.upperBound)
            skipped.removeFirst()
        }
    }
}
