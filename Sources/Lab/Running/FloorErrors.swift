import Foundation
import Messaging
import ServiceKit
import Storage

/// What the errors of stores, log and secrets mean to whoever starts a lab.
enum FloorErrors {
    static func explain(_ error: any Error, _ directory: DataDirectory) -> LabError {
        switch error {
        case let error as StorageError: explain(error, directory)
        case let error as BusError: explain(error, directory)
        case let error as SecretError: LabError(.failed, error.message, next: "labctl doctor --data \(directory.path)")
        default: LabError(.failed, "the lab did not start", why: "\(error)", next: "labctl doctor --data \(directory.path)")
        }
    }

    private static func explain(_ error: StorageError, _ directory: DataDirectory) -> LabError {
        let next =
            switch error.code {
            case .damaged: "put a backup in its place, or start over: labctl reset --data \(directory.path)"
            case .deviceFull: "free some room, or move the lab: labctl up --data DIR"
            case .migrationChanged, .migrationFailed:
                "run the build that made the data, or start over: labctl reset --data \(directory.path)"
            case .cannotOpen, .closed, .device: "labctl doctor --data \(directory.path)"
            }
        return LabError(.failed, "the database of \(error.service) cannot be used", why: error.message, next: next)
    }

    private static func explain(_ error: BusError, _ directory: DataDirectory) -> LabError {
        let next =
            switch error.code {
            case .formatVersion: "run the build that made the data, or start over: labctl reset --data \(directory.path)"
            case .formatUnknown, .recordDamaged: "put a backup in its place, or start over: labctl reset --data \(directory.path)"
            case .deviceFull, .logFull: "free some room, or move the lab: labctl up --data DIR"
            case .inUse: "labctl down --data \(directory.path)"
            default: "labctl doctor --data \(directory.path)"
            }
        return LabError(.failed, "the message log in \(directory.bus.path) cannot be used", why: error.description, next: next)
    }
}
