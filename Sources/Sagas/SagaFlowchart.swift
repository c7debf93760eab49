/// A Mermaid flowchart of a saga: the way forward down the left, each compensation beside its step, the way back upwards.
struct SagaFlowchart {
    struct Node {
        let name: String
        /// Command or `local`, below the name.
        let work: String
        let compensation: String?
        let isPivot: Bool
    }

    let nodes: [Node]

    /// - Parameter statuses: one a step for a drawing of an instance, nil for the definition.
    func mermaid(_ statuses: [SagaStepStatus]?, ended: SagaStatus?) -> String {
        var lines = ["flowchart TD", "    begin([begin]) --> s0"]
        for (index, node) in nodes.enumerated() {
            let label =
                "\(index + 1) \(Self.escape(node.name))" + (node.work.isEmpty ? "" : "<br/><small>\(Self.escape(node.work))</small>")
            lines.append(node.isPivot ? "    s\(index){{\"\(label)<br/>pivot\"}}" : "    s\(index)[\"\(label)\"]")
            lines.append("    s\(index) --> " + (index + 1 < nodes.count ? "s\(index + 1)" : "completed([completed])"))
        }
        lines += wayBack
        if let statuses { lines += classes(statuses, ended) }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Every step that can turn back leads to the nearest compensation at or before it.
    private var wayBack: [String] {
        let pivot = nodes.firstIndex(where: \.isPivot) ?? nodes.count - 1
        var lines = [String]()
        var previous: Int?
        for (index, node) in nodes.enumerated() where index <= pivot {
            if let compensation = node.compensation {
                lines.append("    c\(index)(\"undo: \(Self.escape(compensation))\")")
                lines.append("    s\(index) -. \"times out, is cancelled\" .-> c\(index)")
                lines.append("    c\(index) -.-> " + (previous.map { "c\($0)" } ?? "compensated([compensated])"))
            }
            if let previous { lines.append("    s\(index) -. \"is refused\" .-> c\(previous)") }
            if node.compensation != nil { previous = index }
        }
        return lines
    }

    private func classes(_ statuses: [SagaStepStatus], _ ended: SagaStatus?) -> [String] {
        var lines = [
            "    classDef done fill:#d3f0dc,stroke:#1a7f43,color:#10331f", "    classDef now fill:#fdeebc,stroke:#9a6700,color:#3b2a00",
            "    classDef ahead fill:#f3f4f6,stroke:#8b949e,color:#57606a",
            "    classDef compensated fill:#e3e0fa,stroke:#6350c9,color:#271f5c",
            "    classDef failed fill:#fbdada,stroke:#b42323,color:#4d0f0f",
        ]
        for (index, status) in statuses.enumerated() {
            switch status {
            case .ahead, .skipped: lines.append("    class s\(index) ahead")
            case .now: lines.append("    class s\(index) now")
            case .done: lines.append("    class s\(index) done")
            case .failed, .unknown: lines.append("    class s\(index) failed")
            case .compensating: lines += ["    class s\(index) done", "    class c\(index) now"]
            case .compensated: lines += ["    class s\(index) compensated", "    class c\(index) compensated"]
            }
        }
        if ended == .completed { lines.append("    class completed done") }
        if ended == .compensated { lines.append("    class compensated compensated") }
        return lines
    }

    /// Mermaid reads quotes and angle brackets in a quoted label; it has entities for them.
    private static func escape(_ text: String) -> String {
        text.replacing("\"", with: "#quot;").replacing("<", with: "#lt;").replacing(">", with: "#gt;")
    }
}

extension SagaDefinition {
    /// The definition as a Mermaid flowchart.
    public var mermaid: String {
        SagaFlowchart(
            nodes: steps.map { step in
                var compensation: String?
                switch step.compensation {
                case .remote(let command, _, _): compensation = command.type
                case .local: compensation = step.name
                case nil: break
                }
                return SagaFlowchart.Node(
                    name: step.name, work: step.command?.type ?? "local", compensation: compensation, isPivot: step.isPivot)
            }
        ).mermaid(nil, ended: nil)
    }
}

extension SagaInstance {
    /// The instance as a Mermaid flowchart, with the classes `done`, `now`, `ahead`, `failed` and `compensated`.
    public var mermaid: String {
        SagaFlowchart(
            nodes: outline.steps.map { step in
                SagaFlowchart.Node(
                    name: step.name, work: "", compensation: step.compensation == .none ? nil : step.name, isPivot: step.isPivot)
            }
        ).mermaid(steps.map(\.status), ended: status.isEnded ? status : nil)
    }
}
