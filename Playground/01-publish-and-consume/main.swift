// Publish and consume on the durable log: the smallest program that uses the bus.
//
//     swift run PublishAndConsume [directory]
//
// Run it twice with the same directory: the second run finds what the first one left.
import Foundation
import LMDBBus
import Messaging
import Runtime

let world = World.live(instance: "playground")
let directory =
    CommandLine.arguments.dropFirst().first.map { URL(filePath: $0) }
    ?? FileManager.default.temporaryDirectory.appending(path: "publish-and-consume")
let bus = try LMDBMessageBus.open(world: world, directory: directory)
let topic = Topic("greetings", partitions: 2)
try await bus.declare([topic])

let greetings = ["Ada", "Grace", "Edsger"].map { name in
    Message(
        id: world.makeID(), source: "playground", type: "Greeting.Sent.v1", subject: name, time: world.now, topic: topic.name,
        partitionKey: name, payload: Data(#"{"text":"Hello, \#(name)"}"#.utf8))
}
let positions = try await bus.publish(greetings)
for (message, position) in zip(greetings, positions) {
    print("published \(message.subject) at partition \(position!.partition), offset \(position!.offset): durable")
}

let reader = try await bus.subscribe(Subscription(group: "readers", topics: [topic], member: "reader-1"))
var left = greetings.count
while left > 0 {
    for delivery in try await reader.next(max: 10) {
        let text = String(decoding: delivery.message.payload, as: UTF8.self)
        // Refuse the first attempt of one message, to see it come back.
        if delivery.message.subject == "Grace", delivery.attempt == 1 {
            print("refused   \(text): again in 50 ms")
            try await reader.negativeAcknowledge([Refusal(delivery.receipt, .retry(after: .milliseconds(50)), reason: "not in the mood")])
        } else {
            print("delivered \(text), attempt \(delivery.attempt)")
            try await reader.acknowledge([delivery.receipt])
            left -= 1
        }
    }
}
await reader.close()
for group in try await bus.groups() { print("group \(group.name): lag \(group.lag), generation \(group.generation)") }
bus.close()
