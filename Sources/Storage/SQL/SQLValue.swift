import CSQLite
import Foundation

/// What a place of a statement takes and a column of a row gives: integers, texts, bytes, numbers, booleans; nil stands for NULL.
public protocol SQLValue {
    /// - Returns: SQLite's result code.
    func bind(to statement: OpaquePointer, at place: Int32) -> Int32
    /// Reads column `index` of the present row, which is not NULL.
    static func read(_ statement: OpaquePointer, _ index: Int32) -> Self
}

extension Int64: SQLValue {
    public func bind(to statement: OpaquePointer, at place: Int32) -> Int32 { sqlite3_bind_int64(statement, place, self) }
    public static func read(_ statement: OpaquePointer, _ index: Int32) -> Int64 { sqlite3_column_int64(statement, index) }
}

extension Int: SQLValue {
    public func bind(to statement: OpaquePointer, at place: Int32) -> Int32 { sqlite3_bind_int64(statement, place, Int64(self)) }
    public static func read(_ statement: OpaquePointer, _ index: Int32) -> Int { Int(sqlite3_column_int64(statement, index)) }
}

extension Bool: SQLValue {
    public func bind(to statement: OpaquePointer, at place: Int32) -> Int32 { sqlite3_bind_int64(statement, place, self ? 1 : 0) }
    public static func read(_ statement: OpaquePointer, _ index: Int32) -> Bool { sqlite3_column_int64(statement, index) != 0 }
}

extension Double: SQLValue {
    public func bind(to statement: OpaquePointer, at place: Int32) -> Int32 { sqlite3_bind_double(statement, place, self) }
    public static func read(_ statement: OpaquePointer, _ index: Int32) -> Double { sqlite3_column_double(statement, index) }
}

extension String: SQLValue {
    public func bind(to statement: OpaquePointer, at place: Int32) -> Int32 {
        var text = self
        return text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                // An empty text may have no address, and no address would mean NULL.
                guard let start = characters.baseAddress else { return servicelab_sqlite_bind_text(statement, place, "", 0) }
                return servicelab_sqlite_bind_text(statement, place, start, Int32(characters.count))
            }
        }
    }

    public static func read(_ statement: OpaquePointer, _ index: Int32) -> String {
        guard let text = sqlite3_column_text(statement, index) else { return "" }
        return String(decoding: UnsafeBufferPointer(start: text, count: Int(sqlite3_column_bytes(statement, index))), as: UTF8.self)
    }
}

extension Data: SQLValue {
    public func bind(to statement: OpaquePointer, at place: Int32) -> Int32 {
        withUnsafeBytes { bytes in servicelab_sqlite_bind_blob(statement, place, bytes.baseAddress, Int32(bytes.count)) }
    }

    public static func read(_ statement: OpaquePointer, _ index: Int32) -> Data {
        // Also for a text: SQLite gives its bytes.
        guard let bytes = sqlite3_column_blob(statement, index) else { return Data() }
        return Data(bytes: bytes, count: Int(sqlite3_column_bytes(statement, index)))
    }
}
