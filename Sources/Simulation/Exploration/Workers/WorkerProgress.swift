#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Memory that a worker and its parent share: how far the worker is. The worker writes, the parent looks now and then, and once more when
/// the worker has ended without an answer.
///
/// Layout, each text behind its length of 8 bytes: 0 ticks, 8 runs begun, 64 the latest event, 1024 the run's folder,
/// 4096 the choices of the run, a line each: domain, entity, index, arity, value, with tabs between.
final class WorkerProgress: @unchecked Sendable {
    // Unchecked: a torn text does no harm, and the counters are written whole on every machine that Swift supports.
    private let page: UnsafeMutableRawPointer

    private static let place = (offset: 64, bytesMax: 900)
    private static let folderName = (offset: 1024, bytesMax: 3000)
    private static let journal = (offset: 4096, bytesMax: 4 << 20)
    private static let size = journal.offset + 8 + journal.bytesMax + 4096

    init() {
        let page = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_SHARED | Fork.mapAnonymous, -1, 0)
        guard let page, page != MAP_FAILED else { preconditionFailure("no shared memory: \(String(cString: strerror(errno)))") }
        self.page = page
    }

    deinit { munmap(page, Self.size) }

    // MARK: The worker's side

    /// Something has happened.
    func tick() { page.storeBytes(of: page.load(as: UInt64.self) &+ 1, as: UInt64.self) }

    /// A run begins.
    func begin() {
        page.storeBytes(of: begun &+ 1, toByteOffset: 8, as: UInt64.self)
        for field in [Self.place, Self.folderName, Self.journal] { page.storeBytes(of: 0, toByteOffset: field.offset, as: UInt64.self) }
        tick()
    }

    /// Where the run is: its latest event.
    func note(_ parts: String...) {
        page.storeBytes(of: 0, toByteOffset: Self.place.offset, as: UInt64.self)
        for part in parts { append("\(part) ", to: Self.place) }
        tick()
    }

    func uses(folder: String) {
        page.storeBytes(of: 0, toByteOffset: Self.folderName.offset, as: UInt64.self)
        append(folder, to: Self.folderName)
    }

    func chose(_ choice: Choice) {
        append("\(choice.domain.rawValue)\t\(choice.entity)\t\(choice.index)\t\(choice.arity)\t\(choice.value)\n", to: Self.journal)
    }

    private func append(_ text: String, to field: (offset: Int, bytesMax: Int)) {
        var text = text
        let length = length(of: field)
        text.withUTF8 { bytes in
            let count = min(bytes.count, field.bytesMax - length)
            guard count > 0 else { return }
            (page + field.offset + 8 + length).copyMemory(from: bytes.baseAddress!, byteCount: count)
            page.storeBytes(of: UInt64(length + count), toByteOffset: field.offset, as: UInt64.self)
        }
    }

    // MARK: The parent's side

    var ticks: UInt64 { page.load(as: UInt64.self) }
    /// Runs begun so far.
    var begun: UInt64 { page.load(fromByteOffset: 8, as: UInt64.self) }
    /// The latest event; nil when there was none since the run began.
    var text: String? { text(of: Self.place) }
    var folder: String? { text(of: Self.folderName) }

    /// What the run has chosen so far; nil when it is more than fits.
    var choices: [Choice]? {
        guard length(of: Self.journal) < Self.journal.bytesMax else { return nil }
        return (text(of: Self.journal) ?? "").split(separator: "\n").compactMap { line in
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard parts.count == 5, let domain = ChoiceDomain(rawValue: String(parts[0])), let index = Int(parts[2]),
                let arity = Int(parts[3]),
                let value = Int(parts[4])
            else { return nil }
            return Choice(domain, String(parts[1]), index: index, arity: arity, value: value)
        }
    }

    private func length(of field: (offset: Int, bytesMax: Int)) -> Int {
        min(field.bytesMax, Int(truncatingIfNeeded: page.load(fromByteOffset: field.offset, as: UInt64.self)))
    }

    private func text(of field: (offset: Int, bytesMax: Int)) -> String? {
        let length = length(of: field)
        guard length > 0 else { return nil }
        var text = String(decoding: UnsafeRawBufferPointer(start: page + field.offset + 8, count: length), as: UTF8.self)
        while text.last == " " { text.removeLast() }
        return text
    }
}
