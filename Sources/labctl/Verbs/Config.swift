import ArgumentParser
import Foundation
import Lab

struct Config: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Each setting that `up` would use, and where it comes from: flag, variable, topology or default.",
        discussion: """
            EXAMPLE
              LAB_ORDERS_RESERVE_TIMEOUT=2s labctl config --topology marketplace

            Exit code 2 for what `up` would refuse, such as a setting that no service asks for.
            """)
    @OptionGroup var settings: SettingOptions
    @Flag(help: "Answer as JSON.") var json = false

    func run() async throws {
        let resolved = try settings.resolve()
        let values = resolved.values
        Output(isJSON: json).show(values) {
            var table = Table("SETTING", "VALUE", "FROM")
            for value in values { table.add(value.key, value.value, value.source) }
            table.show()
        }
        try await resolved.check()
    }
}
