import Foundation
import Synchronization

/// Names of this program's own functions, for stacks: an executable does not export them, so the C library knows their addresses only.
///
/// Reads the symbol table of the file that the process was started from. ELF, 64 bit, little endian, as on Linux; no names elsewhere, nor in a
/// program that was stripped. Layout (System V ABI, chapter 4):
///
///     header       0x28 offset of the section headers (8), 0x3A size of one (2), 0x3C their number (2)
///     section      4 type (4), 24 offset (8), 32 size (8), 40 linked section (4); type 2 is a symbol table, linked to its names
///     symbol       0 offset of its name (4), 4 kind (1; low half 2: a function), 8 address (8), 16 size (8); 24 bytes in all
enum ExecutableSymbols {
    /// - Parameter offsets: of return addresses, from where the program was loaded.
    static func names(of offsets: [UInt64]) -> [UInt64: String] {
        // No lock: a child that is forked while another thread holds it would never get it. Whoever finds it busy does without.
        guard isBusy.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged else {
            return read(offsets)
        }
        defer { isBusy.store(false, ordering: .releasing) }
        let new = offsets.filter { known[$0] == nil }
        if !new.isEmpty {
            let found = read(new)
            for offset in new { known[offset] = found[offset] ?? "" }
        }
        return known.filter { offsets.contains($0.key) && !$0.value.isEmpty }
    }

    /// By offset; empty for what has no name. The table of a debug build has a hundred thousand names: it is read once for each place, not
    /// for each run that ends there.
    // Guarded by `isBusy`.
    nonisolated(unsafe) private static var known = [UInt64: String]()
    private static let isBusy = Atomic<Bool>(false)

    private static func read(_ offsets: [UInt64]) -> [UInt64: String] {
        guard let lowest = offsets.min(), let highest = offsets.max(),
            let file = try? Data(contentsOf: URL(fileURLWithPath: "/proc/self/exe"), options: .mappedIfSafe)  // no such file: no names
        else { return [:] }
        return file.withUnsafeBytes { bytes in
            guard let table = symbolTable(of: bytes) else { return [:] }
            var found = [UInt64: String]()
            var at = table.symbols.lowerBound
            while at + symbolBytes <= table.symbols.upperBound {
                defer { at += symbolBytes }
                guard bytes[at + 4] & 0xF == 2 else { continue }
                let address = bytes.loadUnaligned(fromByteOffset: at + 8, as: UInt64.self)
                guard address <= highest else { continue }
                let size = bytes.loadUnaligned(fromByteOffset: at + 16, as: UInt64.self)
                guard address + size > lowest else { continue }
                for offset in offsets where offset >= address && offset < address + size {
                    let name = table.names + Int(bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self))
                    guard name < bytes.count else { continue }
                    found[offset] = String(decoding: bytes[name...].prefix { $0 != 0 }, as: UTF8.self)
                }
            }
            return found
        }
    }

    private static let symbolBytes = 24

    private static func symbolTable(of bytes: UnsafeRawBufferPointer) -> (symbols: Range<Int>, names: Int)? {
        guard bytes.count > 64, bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]) else { return nil }
        let first = Int(bytes.loadUnaligned(fromByteOffset: 0x28, as: UInt64.self))
        let size = Int(bytes.loadUnaligned(fromByteOffset: 0x3A, as: UInt16.self))
        let count = Int(bytes.loadUnaligned(fromByteOffset: 0x3C, as: UInt16.self))
        guard size >= 64, first > 0, first + count * size <= bytes.count else { return nil }
        for number in 0..<count {
            let section = first + number * size
            guard bytes.loadUnaligned(fromByteOffset: section + 4, as: UInt32.self) == 2 else { continue }
            let begin = Int(bytes.loadUnaligned(fromByteOffset: section + 24, as: UInt64.self))
            let length = Int(bytes.loadUnaligned(fromByteOffset: section + 32, as: UInt64.self))
            let link = Int(bytes.loadUnaligned(fromByteOffset: section + 40, as: UInt32.self))
            guard link < count, begin + length <= bytes.count else { return nil }
            return (begin..<begin + length, Int(bytes.loadUnaligned(fromByteOffset: first + link * size + 24, as: UInt64.self)))
        }
        return nil
    }
}
