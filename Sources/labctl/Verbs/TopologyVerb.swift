import ArgumentParser
import Foundation
import Lab

struct TopologyVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topology", abstract: "The systems that can be started.",
        discussion:
            "EXAMPLE\n  labctl topology ls\n  labctl topology show marketplace\n  labctl topology graph marketplace > marketplace.mmd",
        subcommands: [List.self, Show.self, Graph.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ls", abstract: "List the topologies.", discussion: "EXAMPLE\n  labctl topology ls --json")
        @Flag(help: "Answer as JSON.") var json = false

        struct Row: Encodable {
            var name: String
            var summary: String
            var services: [String]
            var file: String
            var problem: String?
        }

        func run() async throws {
            let rows = TopologyLibrary.standard().files().map { name, file in
                do {
                    let topology = try TopologyFile.read(file)
                    return Row(name: name, summary: topology.summary, services: topology.services.map(\.name), file: file.path)
                } catch {
                    return Row(name: name, summary: "cannot be read", services: [], file: file.path, problem: "\(error)")
                }
            }
            Output(isJSON: json).show(rows) {
                var table = Table("TOPOLOGY", "SERVICES", "SUMMARY")
                for row in rows { table.add(row.name, row.services.joined(separator: " "), row.problem.map(Terminal.red) ?? row.summary) }
                table.show(empty: "no topology files found; set LAB_TOPOLOGIES to a folder with some")
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a topology: gateway, routes, services.", discussion: "EXAMPLE\n  labctl topology show order-events")
        @Argument(help: "Name or file.") var name = "marketplace"
        @Flag(help: "Answer as JSON.") var json = false

        func run() async throws {
            let topology = try TopologyLibrary.standard().topology(name)
            Output(isJSON: json).show(topology) {
                Terminal.line("\(Terminal.bold(topology.name))  \(Terminal.dim(topology.summary))")
                Terminal.line("authentication \(topology.authentication.rawValue), persistence \(topology.broker.persistence.rawValue)\n")
                var services = Table("NAME", "SERVICE", ">PORT", "SETTINGS")
                if let gateway = topology.gateway { services.add(gateway.name, "gateway", String(gateway.port), text(gateway.settings)) }
                for service in topology.services {
                    services.add(service.name, service.service, String(service.port), text(service.settings))
                }
                services.show()
                guard let gateway = topology.gateway else { return }
                Terminal.line("")
                var routes = Table("PREFIX", "SERVICE", "PREFIX IS")
                for route in gateway.routes { routes.add(route.prefix, route.service, route.strip ? "stripped" : "kept") }
                routes.show()
            }
        }

        private func text(_ settings: [String: String]) -> String {
            settings.isEmpty ? "-" : settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        }
    }

    struct Graph: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Draw a topology as a Mermaid flowchart.", discussion: "EXAMPLE\n  labctl topology graph users-orders")
        @Argument(help: "Name or file.") var name = "marketplace"
        @Flag(help: "Answer as JSON.") var json = false

        func run() async throws {
            let mermaid = try TopologyLibrary.standard().topology(name).mermaid
            Output(isJSON: json).show(["mermaid": mermaid]) { Terminal.line(mermaid) }
        }
    }
}
