import Testing

@testable import Simulation

/// What a repeated run finds changed.
struct ExplorationDisturbanceTests {
    @Test(arguments: [1, 2, 3]) func `memory that was free before a repetition is not given to it`(_ repetition: Int) {
        for size in stride(from: 16, through: 4_096, by: 16) {
            let before = addressOfFree(size)
            let disturbance = Disturbance(repetition, ofProcess: false)
            #expect(addressOfFree(size) != before, "\(size) bytes")
            disturbance.end()
        }
    }

    /// Where the next block of so many bytes is.
    private func addressOfFree(_ size: Int) -> UInt {
        let block = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        defer { block.deallocate() }
        return UInt(bitPattern: block)
    }
}
