import ServiceKit

/// Says in words why a listener could not be opened, and what to type instead.
enum PortRefusal {
    static func explain(_ error: any Error, name: String, _ address: InstanceSpecification.Address, port: Int) -> any Error {
        let host = address.host
        guard let error = error as? ListenerError else { return error }
        switch error.code {
        case .portInUse:
            return LabError(
                .failed, "port \(port) on \(host) is in use, and \(name) wants it",
                why: "another program listens there, perhaps another lab",
                next: "labctl up --port-base 9000 (other ports), or labctl up --isolated (free ports)")
        case .notPermitted:
            return LabError(
                .failed, "port \(port) is reserved for the administrator, and \(name) wants it", why: "ports below 1024 need privileges",
                next: "labctl up --port-base 9000")
        case .addressUnknown:
            return LabError(.failed, "\(host) is not an address of this machine", next: "labctl up --host 127.0.0.1")
        case .stopped, .other:
            return LabError(
                .failed, "\(name) cannot listen on \(address.authority(port: port))", why: error.message, next: "labctl up --isolated")
        }
    }
}
