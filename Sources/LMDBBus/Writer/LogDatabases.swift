import CLMDB
import Messaging
import Runtime

/// The databases of the file beside the segments. docs/formats/lmdb-log.md describes their rows.
struct LogDatabases {
    static let formatVersion: UInt32 = 1
    static let magic = "ServiceLab log"

    let meta: MDB_dbi
    let catalogue: MDB_dbi
    let segments: MDB_dbi
    let progress: MDB_dbi
    let retries: MDB_dbi
    let deadLetters: MDB_dbi

    var all: [MDB_dbi] { [meta, catalogue, segments, progress, retries, deadLetters] }

    init(_ transaction: LMDBTransaction) throws {
        meta = try transaction.open("meta", create: true, integerKeys: false)
        catalogue = try transaction.open("catalogue", create: true, integerKeys: false)
        segments = try transaction.open("segments", create: true, integerKeys: true)
        progress = try transaction.open("progress", create: true, integerKeys: true)
        retries = try transaction.open("retries", create: true, integerKeys: false)
        deadLetters = try transaction.open("deadletters", create: true, integerKeys: false)
    }
}
