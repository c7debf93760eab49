import Contracts
import Foundation
import Runtime
import ServiceKit
import Testing

@Suite struct DocumentTests {
    struct Tree: Codable, Sendable {
        var name: String
        var parent: String?
        var children: [Tree]
        var weights: [String: Double]
        var color: Color
        var maybe: Color?
        var at: Timestamp
        var flag: Bool
        var price: Picky
        var nested: Inner
        var list: [Inner]?
    }
    struct Inner: Codable, Sendable { var quantity: Int }
    /// Accepts decimal text only.
    struct Picky: Codable, Sendable {
        let text: String
        init(from decoder: any Decoder) throws {
            text = try decoder.singleValueContainer().decode(String.self)
            guard Double(text) != nil else {
                throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "must be a decimal"))
            }
        }
    }

    @Test func `a schema tells properties, kinds and what is required`() throws {
        let schemas = JSONSchema()
        #expect(schemas.schema(of: Tree.self) == ["$ref": "#/components/schemas/Tree"])
        let tree = try #require(schemas.components["Tree"])
        #expect(tree["required"] == ["at", "children", "color", "flag", "name", "nested", "price", "weights"])
        let properties = try #require(tree["properties"])
        #expect(properties["name"] == ["type": "string"])
        #expect(properties["parent"] == ["type": "string"])
        #expect(properties["children"] == ["type": "array", "items": ["$ref": "#/components/schemas/Tree"]])
        #expect(properties["weights"] == ["type": "object", "additionalProperties": ["type": "number"]])
        #expect(properties["color"] == ["type": "string", "enum": ["yellow", "green"]])
        #expect(properties["maybe"] == properties["color"])
        #expect(properties["at"] == ["type": "string", "format": "date-time"])
        #expect(properties["flag"] == ["type": "boolean"])
        #expect(properties["price"] == ["type": "string"])
        #expect(properties["nested"] == ["$ref": "#/components/schemas/Inner"])
        #expect(properties["list"] == ["type": "array", "items": ["$ref": "#/components/schemas/Inner"]])
        #expect(schemas.components["Inner"]?["properties"]?["quantity"] == ["type": "integer", "format": "int64"])
    }

    @Test func `a page is described with its items`() throws {
        let schemas = JSONSchema()
        _ = schemas.schema(of: Page<NoteView>.self)
        let page = try #require(schemas.components["Page_NoteView"])
        #expect(page["properties"]?["items"]?["items"] == ["$ref": "#/components/schemas/NoteView"])
        #expect(page["required"] == ["items"])
    }

    @Test func `the service's OpenAPI document has the declared operations and hangs together`() throws {
        let document = try NotesLab.with { try await $0.get("/openapi.json").json }
        #expect(document["openapi"] == "3.1.0")
        #expect(document["paths"]?["/notes"]?["post"]?["operationId"] == "writeNote")
        #expect(document["paths"]?["/notes/{id}"]?["get"] != nil)
        #expect(document["paths"]?["/internal/notes/count"] == nil)
        #expect(document["paths"]?["/page"]?["get"]?["responses"]?["200"]?["content"]?["text/html; charset=utf-8"] != nil)
        let parameters = document["paths"]?["/notes"]?["post"]?["parameters"]?.arrayValue ?? []
        #expect(parameters.contains { $0["name"] == "Idempotency-Key" })
        try checkStructure(document)
    }

    /// What a validator would check: unique operation ids, declared path parameters, references that lead somewhere.
    private func checkStructure(_ document: JSONValue) throws {
        var ids = Set<String>()
        for (path, item) in try #require(document["paths"]?.objectValue) {
            for (_, operation) in try #require(item.objectValue) {
                let id = try #require(operation["operationId"]?.stringValue)
                #expect(ids.insert(id).inserted, "\(id) twice")
                #expect(operation["responses"]?["default"] != nil)
                let inPath = (operation["parameters"]?.arrayValue ?? []).filter { $0["in"] == "path" }
                #expect(Set(inPath.compactMap { $0["name"]?.stringValue }) == Set(EndpointDeclaration.parameterNames(of: path)), "\(id)")
                #expect(inPath.allSatisfy { $0["required"] == true })
            }
        }
        let components = try #require(document["components"]?["schemas"]?.objectValue)
        for reference in references(in: document) {
            let name = String(reference.split(separator: "/").last!)
            #expect(reference.hasPrefix("#/components/schemas/") && components[name] != nil, "\(reference) leads nowhere")
        }
    }

    private func references(in value: JSONValue) -> [String] {
        switch value {
        case .object(let members): (members["$ref"]?.stringValue).map { [$0] } ?? members.values.flatMap { references(in: $0) }
        case .array(let values): values.flatMap { references(in: $0) }
        default: []
        }
    }

    @Test func `the AsyncAPI document has topics, messages and payloads`() throws {
        let document = try NotesLab.with { try await $0.get("/asyncapi.json").json }
        #expect(document["asyncapi"] == "3.0.0")
        #expect(document["channels"]?["note-events"]?["messages"]?["Note.Written.v1"]?["$ref"] == "#/components/messages/Note.Written.v1")
        #expect(document["components"]?["messages"]?["Note.Written.v1"]?["payload"] == ["$ref": "#/components/schemas/NoteView"])
        #expect(document["components"]?["schemas"]?["NoteView"]?["required"] == ["created_at", "id", "text"])
        #expect(document["operations"]?["notes.note-events"]?["action"] == "send")
    }

    @Test func `documents are the same bytes each time`() throws {
        func bytes() throws -> Data { try JSONCoding.encode(OpenAPIDocument.build([NotesAPI.self], title: "notes")) }
        #expect(try bytes() == bytes())
    }
}
