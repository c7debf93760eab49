import Contracts
import Foundation
import GatewayAPI
import ServiceKit
import Synchronization

/// `/openapi.json`, `/asyncapi.json` and `/docs` for the lab as a whole. Made when first asked for, from the services' declarations.
final class GatewayDocuments: Sendable {
    private let forwarding: Forwarding
    private let made = Mutex((openAPI: Data?.none, asyncAPI: Data?.none))

    init(forwarding: Forwarding) { self.forwarding = forwarding }

    func openAPI(_ request: RawRequest) throws -> RawReply {
        if let data = made.withLock({ $0.openAPI }) { return .json(data) }
        let doors = forwarding.doors
        var merged = MergedOpenAPI(table: doors.table)
        try merged.add(Self.document(of: GatewayAPI.self), service: nil, tag: GatewayAPI.name)
        for door in doors.doors {
            try merged.add(Self.document(of: door.target.api), service: door.target.service, tag: door.target.service)
        }
        let data = try merged.data(title: "ServiceLab")
        made.withLock { $0.openAPI = data }
        return .json(data)
    }

    func asyncAPI(_ request: RawRequest) throws -> RawReply {
        if let data = made.withLock({ $0.asyncAPI }) { return .json(data) }
        let apis = forwarding.doors.doors.map(\.target.api)
        let data = try JSONCoding.encode(
            AsyncAPIDocument.build(apis, title: "ServiceLab", summary: "Every topic of this lab and what is published on it."))
        made.withLock { $0.asyncAPI = data }
        return .json(data)
    }

    static var explorer: RawReply {
        var reply = RawReply.html(ExplorerPage.html)
        reply.headers.add("Content-Security-Policy", ExplorerPage.contentSecurityPolicy)
        reply.headers.add("Cache-Control", "max-age=300")
        return reply
    }

    private static func document(of api: any ServiceAPI.Type) throws -> Data {
        try JSONCoding.encode(OpenAPIDocument.build([api], title: api.name, summary: api.summary, servers: [], extra: []))
    }
}
