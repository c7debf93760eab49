import Messaging

/// OpenAPI 3.1 from endpoint declarations: what `/openapi.json` answers.
public enum OpenAPIDocument {
    /// - Parameters:
    ///   - servers: base URLs.
    ///   - extra: endpoints that belong to no API, such as health checks.
    ///   - includesInternal: whether endpoints between services are listed.
    public static func build(
        _ apis: [any ServiceAPI.Type], title: String, summary: String = "", version: String = "1.0.0", servers: [String] = [],
        extra: [EndpointDeclaration] = [], includesInternal: Bool = false
    ) -> JSONValue {
        let schemas = JSONSchema()
        let problem = schemas.schema(of: Problem.self)
        var paths = [String: JSONValue]()
        func add(_ declaration: EndpointDeclaration, tag: String) {
            guard includesInternal || declaration.access != .internal else { return }
            var item = paths[declaration.path] ?? .object([:])
            // Several services answer /health; the first one that declares a path and method is described.
            guard item[declaration.verb.rawValue.lowercased()] == nil else { return }
            item[declaration.verb.rawValue.lowercased()] = operation(declaration, tag: tag, schemas: schemas, problem: problem)
            paths[declaration.path] = item
        }
        for api in apis { for declaration in api.endpoints { add(declaration, tag: api.name) } }
        for declaration in extra { add(declaration, tag: "platform") }

        var tags: [JSONValue] = apis.map { ["name": .string($0.name), "description": .string($0.summary)] }
        if !extra.isEmpty { tags.append(["name": "platform", "description": "What every service answers."]) }
        var components: JSONValue = ["schemas": .object(schemas.components)]
        components["securitySchemes"] = ["bearer": ["type": "http", "scheme": "bearer", "bearerFormat": "JWT"]]
        var document: JSONValue = [
            "openapi": "3.1.0", "paths": .object(paths), "tags": .array(tags), "components": components,
        ]
        var info: JSONValue = ["title": .string(title), "version": .string(version)]
        if !summary.isEmpty { info["description"] = .string(summary) }
        document["info"] = info
        if !servers.isEmpty { document["servers"] = .array(servers.map { ["url": .string($0)] }) }
        return document
    }

    private static func operation(
        _ declaration: EndpointDeclaration, tag: String, schemas: JSONSchema, problem: JSONValue
    ) -> JSONValue {
        var operation: JSONValue = [
            "operationId": .string(declaration.operationID), "summary": .string(declaration.summary), "tags": [.string(tag)],
            "x-access": .string(declaration.access.description),
        ]
        if declaration.access != .public { operation["security"] = [["bearer": []]] }
        var parameters = declaration.parameters.map(parameter)
        if declaration.takesIdempotencyKey {
            parameters.append([
                "name": "Idempotency-Key", "in": "header", "required": false, "schema": ["type": "string", "maxLength": 255],
                "description":
                    "The same key and body answer the stored reply, for 24 hours at least; with another body the key is refused with 422.",
            ])
        }
        if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
        if let input = declaration.input {
            operation["requestBody"] = [
                "required": true, "content": [declaration.accepts: ["schema": schemas.schema(of: input)]],
            ]
        }
        var success: JSONValue = ["description": .string(phrase(declaration.success))]
        if let output = declaration.output {
            success["content"] = .object([declaration.produces: ["schema": schemas.schema(of: output)]])
        } else if declaration.produces != "application/json" {
            success["content"] = .object([declaration.produces: ["schema": ["type": "string"]]])
        }
        operation["responses"] = .object([
            String(declaration.success): success,
            "default": ["description": "A problem (RFC 9457).", "content": .object([Problem.contentType: ["schema": problem]])],
        ])
        return operation
    }

    private static func parameter(_ parameter: Parameter) -> JSONValue {
        var schema: JSONValue = ["type": .string(parameter.kind.rawValue)]
        if !parameter.allowed.isEmpty { schema["enum"] = .array(parameter.allowed.map { .string($0) }) }
        var value: JSONValue = [
            "name": .string(parameter.name), "in": .string(parameter.place.rawValue), "required": .bool(parameter.isRequired),
            "schema": schema,
        ]
        if !parameter.summary.isEmpty { value["description"] = .string(parameter.summary) }
        return value
    }

    private static func phrase(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        default: "Status \(status)"
        }
    }
}
