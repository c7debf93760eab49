import ArgumentParser
import Foundation
import Lab

/// The flags that override settings, shared by `up` and `config`.
struct SettingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Which system runs: a name of `labctl topology ls`, or a file.", valueName: "name"))
    var topology: String?
    @Option(help: ArgumentHelp("Data directory; `.lab/<topology>` when absent.", valueName: "dir"))
    var data: String?
    @Option(help: ArgumentHelp("The gateway takes this port, the services the ones after it.", valueName: "port"))
    var portBase: Int?
    @Flag(help: "Every listener takes a free port, so that several labs run side by side.")
    var isolated = false
    @Option(help: ArgumentHelp("durable, relaxed or volatile.", valueName: "mode"))
    var persistence: String?
    @Option(help: ArgumentHelp("Address the listeners bind to.", valueName: "address"))
    var host: String?
    @Option(help: ArgumentHelp("trace, debug, info, notice, warning or error.", valueName: "level"))
    var logLevel: String?
    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("A service's setting, such as orders.reserve_timeout=2s. Repeatable.", valueName: "key=value"))
    var assignments: [String] = []

    func flags() throws -> [String: String] {
        var flags = [String: String]()
        flags["topology"] = topology
        flags["data"] = data
        flags["port_base"] = portBase.map(String.init)
        flags["isolated"] = isolated ? "true" : nil
        flags["persistence"] = persistence
        flags["host"] = host
        flags["log_level"] = logLevel
        for assignment in assignments {
            guard let equals = assignment.firstIndex(of: "="), equals != assignment.startIndex else {
                throw ValidationError("--set \(assignment): it must be key=value, such as orders.reserve_timeout=2s")
            }
            flags[String(assignment[..<equals])] = String(assignment[assignment.index(after: equals)...])
        }
        return flags
    }

    func resolve() throws -> LabSettings {
        try LabSettings.resolve(flags: try flags(), environment: ProcessInfo.processInfo.environment, library: .standard())
    }

    /// The same flags as words, to hand them to a child process.
    func arguments() -> [String] {
        var words = [String]()
        func add(_ name: String, _ value: String?) { if let value { words += [name, value] } }
        add("--topology", topology)
        add("--data", data)
        add("--port-base", portBase.map(String.init))
        if isolated { words.append("--isolated") }
        add("--persistence", persistence)
        add("--host", host)
        add("--log-level", logLevel)
        for assignment in assignments { add("--set", assignment) }
        return words
    }
}
