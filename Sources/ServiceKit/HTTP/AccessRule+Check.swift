import Contracts

extension AccessRule {
    /// - Parameter isEnforced: false where authentication is switched off; only `internal` is checked then.
    /// - Throws: ``Problem`` 401 without a valid token, 403 with one that is not enough, 404 for an internal endpoint at the edge.
    func check(_ request: RawRequest, isEnforced: Bool) throws {
        switch self {
        case .public: return
        case .internal:
            guard request.origin == .peer else {
                throw Problem.notFound(code: "internal_endpoint", detail: "This endpoint is for services of the lab only.")
            }
        case .authenticated, .ownerOrStaff:
            if isEnforced { _ = try principal(of: request) }
        case .staff:
            guard try !isEnforced || principal(of: request).isStaff else {
                throw Problem.forbidden(code: "staff_only", detail: "Only staff may do this.")
            }
        case .roles(let roles):
            guard try !isEnforced || principal(of: request).hasAny(of: roles) else {
                throw Problem.forbidden(code: "role_missing", detail: "This needs one of the roles \(roles.joined(separator: ", ")).")
            }
        }
    }

    private func principal(of request: RawRequest) throws -> Principal {
        if let principal = request.principal { return principal }
        throw request.refusedToken ?? Problem.unauthorized()
    }
}
