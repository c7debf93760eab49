import ArgumentParser
import Hummingbird
import Logging

/// The raw limit of everything that goes through HTTP: a bare Hummingbird server that says hello.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "A bare Hummingbird server on loopback, to compare with.", shouldDisplay: false)
    @Argument var port: Int

    struct Hello: ResponseEncodable {
        let id: Int
        let name: String
        let status: String
    }

    func run() async throws {
        let router = Router()
        router.get("/") { _, _ in "hello" }
        router.get("/json") { _, _ in Hello(id: 1, name: "hello", status: "confirmed") }
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)),
            logger: Logger(label: "hello") { _ in SwiftLogNoOpLogHandler() })
        try await application.runService()
    }
}
