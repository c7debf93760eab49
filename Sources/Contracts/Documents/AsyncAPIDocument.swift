import Messaging

/// AsyncAPI 3.0 from topics and message types: what `/asyncapi.json` answers.
public enum AsyncAPIDocument {
    public static func build(
        _ apis: [any ServiceAPI.Type], title: String, summary: String = "", version: String = "1.0.0"
    ) -> JSONValue {
        let schemas = JSONSchema()
        var channels = [String: JSONValue]()
        var messages = [String: JSONValue]()
        var operations = [String: JSONValue]()
        for api in apis {
            var names = Set<String>()
            for topic in api.topics + api.messages.map(\.topic) where names.insert(topic.name).inserted {
                if channels[topic.name] == nil {
                    channels[topic.name] = [
                        "address": .string(topic.name), "messages": .object([:]),
                        "x-partitions": .int(Int64(topic.partitions)),
                    ]
                }
            }
            for message in api.messages {
                messages[message.name] = [
                    "name": .string(message.name), "title": .string(message.name), "summary": .string(message.summary),
                    "contentType": "application/json", "headers": cloudEvent, "payload": schemas.schema(of: message.payload),
                ]
                var channel = channels[message.topic.name]!
                var list = channel["messages"] ?? .object([:])
                list[message.name] = ["$ref": .string("#/components/messages/\(message.name)")]
                channel["messages"] = list
                channels[message.topic.name] = channel
            }
            for topic in names.sorted() {
                let declared = api.messages.filter { $0.topic.name == topic }.map(\.name).sorted()
                guard !declared.isEmpty else { continue }
                operations["\(api.name).\(topic)"] = [
                    "action": "send", "channel": ["$ref": .string("#/channels/\(topic)")],
                    "summary": .string("Messages that \(api.name) declares on \(topic)."),
                    "messages": .array(declared.map { ["$ref": .string("#/channels/\(topic)/messages/\($0)")] }),
                ]
            }
        }
        var info: JSONValue = ["title": .string(title), "version": .string(version)]
        if !summary.isEmpty { info["description"] = .string(summary) }
        return [
            "asyncapi": "3.0.0", "info": info, "defaultContentType": "application/json", "channels": .object(channels),
            "operations": .object(operations),
            "components": ["messages": .object(messages), "schemas": .object(schemas.components)],
        ]
    }

    /// The attributes that every message carries (CloudEvents 1.0, and ours).
    private static let cloudEvent: JSONValue = [
        "type": "object",
        "properties": [
            "id": ["type": "string"], "source": ["type": "string"], "type": ["type": "string"], "subject": ["type": "string"],
            "time": ["type": "string", "format": "date-time"], "datacontenttype": ["type": "string"], "traceparent": ["type": "string"],
            "correlationid": ["type": "string"], "causationid": ["type": "string"], "partitionkey": ["type": "string"],
        ],
        "required": ["id", "source", "type", "subject", "time", "partitionkey"],
    ]
}
