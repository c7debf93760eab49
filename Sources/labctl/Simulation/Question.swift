import Foundation
import Lab
import Simulation

/// What can be asked of a run that was stopped.
enum Question {
    case sql(String, String?)
    case topic(String)
    case topics
    case saga(String?)

    /// Asks and prints.
    func ask(_ lab: LabInspection, _ output: Output) throws {
        switch self {
        case .sql(let service, let query): Self.show(try lab.sql(service, query), output)
        case .saga(let id): Self.show(try lab.sagas(id), output)
        case .topics: output.show(lab.topics) { for topic in lab.topics { Terminal.line(topic) } }
        case .topic(let name):
            let lines = try lab.messages(in: name)
            output.show(lines) {
                var table = Table(">PARTITION", ">OFFSET", "TYPE", "SUBJECT", "PAYLOAD")
                for line in lines { table.add("\(line.partition)", "\(line.offset)", line.type, line.subject, line.payload) }
                table.show(empty: "no messages")
            }
        }
    }

    private static func show(_ result: LabInspection.Rows, _ output: Output) {
        output.show(result) {
            var table = Table(titles: result.columns)
            for row in result.rows { table.add(row: row.map { $0.text ?? Terminal.dim("NULL") }) }
            table.show(empty: "no rows")
        }
    }
}
