import Contracts
import Messaging
import ServiceKit

extension Platform {
    /// Topics of this lab's services with their owner and message types.
    var declaredMessages: [String: (owner: String, types: [TopicView.TypeView])] {
        var declared = [String: (owner: String, types: [TopicView.TypeView])]()
        for instance in instances {
            let api = instance.declaration.api
            for topic in api.topics { declared[topic.name, default: (instance.name, [])].owner = instance.name }
            for message in api.messages {
                declared[message.topic.name, default: ("-", [])].types.append(
                    TopicView.TypeView(name: message.name, summary: message.summary))
            }
        }
        return declared
    }
}
