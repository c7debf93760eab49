import Contracts

extension UsersAPI {
    public static let logIn = Endpoint<LogIn, TokenPair>(
        .post, "/auth/login", "logIn",
        summary: "Exchange e-mail and password for an access token (15 min) and a refresh token (14 days). Throttled per e-mail.",
        access: .public)
    public static let refresh = Endpoint<RefreshTokens, TokenPair>(
        .post, "/auth/refresh", "refreshTokens",
        summary: "Exchange a refresh token for new tokens. Each works once: using one again ends its whole session.", access: .public)
    public static let logOut = Endpoint<LogOut, LoggedOut>(
        .post, "/auth/logout", "logOut", summary: "End the session of the presented access token, or all sessions of the account.",
        access: .authenticated)
    public static let me = Endpoint<NoBody, UserView>(.get, "/auth/me", "me", summary: "The caller's own account.", access: .authenticated)
    public static let keys = Endpoint<NoBody, JSONWebKeySet>(
        .get, "/.well-known/jwks.json", "jsonWebKeys", summary: "The public keys that verify access tokens (RFC 7517).", access: .public)

    static var sessions: [EndpointDeclaration] {
        [signUp.declaration, logIn.declaration, refresh.declaration, logOut.declaration, me.declaration, keys.declaration]
    }
}
