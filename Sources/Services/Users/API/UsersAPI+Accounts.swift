import Contracts

extension UsersAPI {
    public static let register = Endpoint<RegisterUser, UserView>(
        .post, "/users", "registerUser", summary: "Open an account. Without a password it exists, but cannot log in.",
        access: .public, success: 201, idempotencyKey: true)
    /// The same as ``register``, beside the other endpoints of authentication.
    public static let signUp = Endpoint<RegisterUser, UserView>(
        .post, "/auth/register", "signUp", summary: "Open an account; the same as POST /users.",
        access: .public, success: 201, idempotencyKey: true)
    public static let list = Endpoint<NoBody, Page<UserView>>(
        .get, "/users", "listUsers", summary: "All accounts, in the order of their ids.", access: .staff,
        parameters: Parameter.paging)
    public static let get = Endpoint<NoBody, UserView>(
        .get, "/users/{id}", "getUser", summary: "One account.", access: .ownerOrStaff, parameters: [userID])
    public static let patch = Endpoint<PatchUser, UserView>(
        .patch, "/users/{id}", "patchUser", summary: "Change e-mail or name; what is left out stays.", access: .ownerOrStaff,
        parameters: [userID])
    public static let deactivate = Endpoint<NoBody, UserView>(
        .post, "/users/{id}/deactivate", "deactivateUser", summary: "Close an account and end its sessions. Its data stays.",
        access: .ownerOrStaff, parameters: [userID])
    public static let activate = Endpoint<NoBody, UserView>(
        .post, "/users/{id}/activate", "activateUser", summary: "Open a closed account again.", access: .staff, parameters: [userID])
    public static let grantRoles = Endpoint<GrantRoles, UserView>(
        .put, "/users/{id}/roles", "grantRoles",
        summary: "Set the roles of an account. Its access tokens with the old roles become void; a refresh gives new ones.",
        access: .staff, parameters: [userID])
    public static let internalUser = Endpoint<NoBody, InternalUser>(
        .get, "/internal/users/{id}", "internalUser", summary: "One account as other services need it.", access: .internal,
        parameters: [userID])

    static let userID = Parameter.path("id", .integer, "The account's id.")

    static var accounts: [EndpointDeclaration] {
        [
            register.declaration, list.declaration, get.declaration, patch.declaration, deactivate.declaration, activate.declaration,
            grantRoles.declaration,
        ]
    }
}
