import Foundation
import GRDB
import Storage

/// Read-only connections to the services' SQLite files, kept open for a run, with their prepared statements.
///
/// The files are in WAL mode, so a reader sees every commit and holds nobody up, while instances crash, close and open the same file. Who
/// puts another file in its place (a simulated loss of power) closes the readers first.
public final class StoreReaders: @unchecked Sendable {
    // Unchecked: confined to the run's thread.
    public struct Store: Sendable, Hashable {
        /// As the topology calls it: `order-service`.
        public let name: String
        /// As the roster calls it: `orders`.
        public let service: String
        public let file: URL

        public init(name: String, service: String, file: URL) {
            self.name = name
            self.service = service
            self.file = file
        }
    }

    public let stores: [Store]
    private let indexes: [String: Int]
    private var open: [DatabaseQueue?]

    public init(_ stores: [Store]) {
        self.stores = stores
        var indexes = [String: Int]()
        for (index, store) in stores.enumerated() where indexes[store.service] == nil { indexes[store.service] = index }
        for (index, store) in stores.enumerated() { indexes[store.name] = index }
        self.indexes = indexes
        open = Array(repeating: nil, count: stores.count)
    }

    public func store(_ service: String) -> Store? { indexes[service].map { stores[$0] } }

    /// - Throws: ``UnknownStore``, or SQLite's error.
    public func read<T>(_ service: String, _ body: (Database) throws -> T) throws -> T {
        guard let index = indexes[service] else { throw UnknownStore(name: service, known: stores.map(\.name)) }
        return try connection(index).unsafeRead(body)
    }

    /// Forgets the connections; they are made again when needed. Closing the last connection of a file lets SQLite tidy up its log.
    public func close() {
        for index in open.indices { open[index] = nil }
    }

    private func connection(_ index: Int) throws -> DatabaseQueue {
        if let known = open[index] { return known }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(1)
        configuration.label = "oracle"
        // Projections are replayed into temporary tables.
        configuration.prepareDatabase { db in
            db.becomeUnobserved()
            try db.execute(sql: "PRAGMA temp_store = MEMORY")
        }
        let connection = try DatabaseQueue(path: stores[index].file.path, configuration: configuration)
        open[index] = connection
        return connection
    }

    public struct UnknownStore: Error, CustomStringConvertible {
        let name: String
        let known: [String]
        public var description: String { "there is no service \(name) in this lab; there are \(known.joined(separator: ", "))" }
    }
}
