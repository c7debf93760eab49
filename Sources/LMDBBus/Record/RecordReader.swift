import CLMDB
import Messaging

/// Reads whole records of a segment, continuations joined, and says exactly what is wrong with a damaged one.
enum RecordReader {
    enum Outcome<T> {
        case intact(T)
        /// The reason, and the header as far as it could be read.
        case damaged(String, RecordHeader?)
    }

    /// Calls `body` with all bytes of the message at `position`; they live until it returns.
    /// - Parameter isNext: the cursor stands on the position before, which makes it cheaper.
    @inline(__always)
    static func read<T>(
        _ cursor: LMDBCursor, at position: UInt64, isNext: Bool = false, _ body: (RecordHeader, UnsafeRawBufferPointer) throws -> T?
    ) throws -> Outcome<T> {
        guard let value = isNext ? try cursor.next(at: position) : try cursor.value(at: position) else {
            return .damaged("log position \(position) is missing", nil)
        }
        guard let header = RecordHeader(value) else { return .damaged("log position \(position) does not start a record", nil) }
        guard RecordLayout.isIntact(value) else {
            return .damaged("the checksum of the record at log position \(position) is wrong", header)
        }
        let result: T?
        if header.continuations == 0 {
            result = try body(header, value)
        } else {
            var bytes = [UInt8](value)
            for number in 1...header.continuations {
                let at = position + UInt64(number)
                guard let piece = try cursor.value(at: at), RecordLayout.isIntact(piece), piece[4] == RecordLayout.kindContinuation,
                    Int(piece.integer(at: 6, as: UInt16.self)) == number, piece.integer(at: 8, as: UInt64.self) == position
                else { return .damaged("continuation \(number) of the record at log position \(position) is damaged", header) }
                bytes.append(contentsOf: piece[RecordLayout.continuationHeaderBytes...])
            }
            result = try bytes.withUnsafeBytes { try body(header, $0) }
        }
        guard let result else { return .damaged("the lengths of the record at log position \(position) do not add up", header) }
        return .intact(result)
    }
}
