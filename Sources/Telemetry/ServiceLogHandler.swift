import Logging
import Runtime

/// The log backend of ServiceLab: entries carry the service's name, the world's time and the correlation ID, and go to a ``LogSink``.
///
/// Messages are constant strings, values go into metadata; `correlation_id` among them is shown in a place of its own.
public struct ServiceLogHandler: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var logLevel: Logger.Level
    public var metadataProvider: Logger.MetadataProvider?
    private let service: String
    private let world: World
    private let sink: LogSink

    public init(service: String, world: World, sink: LogSink, level: Logger.Level = .info) {
        self.service = service
        self.world = world
        self.sink = sink
        logLevel = level
    }

    /// A logger with this handler; nothing is bootstrapped globally.
    public static func logger(service: String, world: World, sink: LogSink, level: Logger.Level = .info) -> Logger {
        Logger(label: service) { _ in ServiceLogHandler(service: service, world: world, sink: sink, level: level) }
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var fields = [String: String]()
        for (key, value) in metadata { fields[key] = "\(value)" }
        for (key, value) in metadataProvider?.get() ?? [:] { fields[key] = "\(value)" }
        for (key, value) in event.metadata ?? [:] { fields[key] = "\(value)" }
        if let error = event.error { fields["error"] = "\(error)" }
        let correlation = fields.removeValue(forKey: "correlation_id")
        sink.append(
            LogLine(
                time: world.now, level: event.level.rawValue, service: service, message: event.message.description,
                correlation_id: correlation, fields: fields.isEmpty ? nil : fields))
    }
}
