import Contracts
import Messaging

/// Takes letters, sends them, reminds of them.
enum SenderAPI: ServiceAPI {
    static let name = "sender"
    static let summary = "Takes letters and sends them."

    static let send = Endpoint<NewLetter, LetterView>(
        .post, "/letters", "sendLetter", summary: "Sends a letter.", access: .public, success: 201, idempotencyKey: true)

    static let events = Topic("letter-events")
    static let sent = MessageType<Letter>("Letter.Sent.v1", on: events, "A letter is on its way; its key is the address.")

    static let endpoints = [send.declaration]
    static let topics = [events]
    static let messages = [MessageDeclaration(sent)]
}

/// Takes letters in and says so.
enum ReceiverAPI: ServiceAPI {
    static let name = "receiver"
    static let summary = "Receives letters."

    static let address = Endpoint<NoBody, AddressView>(
        .get, "/addresses/{name}", "getAddress", summary: "An address.", access: .public)

    static let events = Topic("receipt-events")
    static let received = MessageType<Letter>("Letter.Received.v1", on: events, "A letter has arrived.")

    static let endpoints = [address.declaration]
    static let topics = [events]
    static let messages = [MessageDeclaration(received)]
}

/// How a letter fares with its receiver.
enum LetterKind: String, Codable, Sendable, CaseIterable {
    case plain
    /// Fails the first time, in the consumer and in the timer's handler.
    case stumbling
    /// Fails each time, so it becomes a dead letter after the last attempt.
    case unreadable
    /// Refused for good, so it becomes a dead letter at once.
    case refused

    var arrives: Bool { self == .plain || self == .stumbling }
}

struct NewLetter: Codable, Sendable {
    var address: String
    var kind: LetterKind
}

struct LetterView: Codable, Sendable {
    var id: Int64
}

struct AddressView: Codable, Sendable {
    var name: String
}

struct Letter: Codable, Sendable {
    var letter: Int64
    var address: String
    var kind: LetterKind
}
