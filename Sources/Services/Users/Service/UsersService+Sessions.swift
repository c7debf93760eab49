import Contracts
import Foundation
import Messaging
import Runtime
import ServiceKit
import Storage
import UsersAPI

extension UsersService {
    nonisolated func sessionRoutes(_ routes: inout Routes) {
        routes.on(UsersAPI.logIn) { try await self.logIn($0) }
        routes.on(UsersAPI.refresh) { try await self.refresh($0) }
        routes.on(UsersAPI.logOut) { try await self.logOut($0) }
        routes.on(UsersAPI.me) { try await self.me($0) }
        routes.on(UsersAPI.keys) { _ in self.tokens.publicKeys }
    }

    /// An unknown e-mail, an account without password and a wrong password get the same answer in about the same time.
    func logIn(_ request: Request<LogIn>) async throws -> TokenPair {
        let password = request.body.password
        let email = EmailAddress(request.body.email)?.folded ?? request.body.email.lowercased()
        if let wait = throttle.take(email, now: world.now) {
            throw Problem.tooManyRequests(
                retryAfter: wait, detail: "Too many attempts for this e-mail; wait and try again.", code: "login_throttled")
        }
        let known = try store.read { db in try UserRow.find(email: email, in: db) }
        let (isRight, renewed) = try await passwords.check(password, against: known?.passwordHash)
        if let known, isRight {
            guard known.isActive else { throw Self.deactivated }
            throttle.succeeded(email)
            return try await openSession(of: known.id, renewed: renewed, cause: request.cause)
        }
        guard known == nil, staff.isFirstLogIn(email, password) else {
            throw Problem.unauthorized(code: "invalid_credentials", detail: "E-mail or password is wrong.")
        }
        throttle.succeeded(email)
        return try await openStaffAccount(password, cause: request.cause)
    }

    func refresh(_ request: Request<RefreshTokens>) async throws -> TokenPair {
        let hash = RefreshTokenMaker.hash(request.body.refresh_token)
        let successor = refreshTokens.make()
        let tokenID = world.makeID()
        // The refusals are results, not errors: revoking a family must be committed.
        let outcome: RefreshOutcome = try await store.write(cause: request.cause) { tx in
            guard let token = try SessionRows.find(hash, in: tx.db), !token.isRevoked, token.expiresAt > tx.now else { return .invalid }
            guard !token.isUsed else {
                try SessionRows.revoke(family: token.family, in: tx)
                try ActivityLog.add("session_revoked", of: token.user, detail: "a refresh token was used twice", in: tx)
                return .reused
            }
            let user = try UserRow.require(token.user, in: tx.db)
            guard user.isActive else { return .invalid }
            try SessionRows.markUsed(hash, in: tx)
            let claims = Self.claims(for: user, token: tokenID, session: token.family, now: tx.now)
            try SessionRows.insert(RefreshTokenMaker.hash(successor), claims, of: user.id, in: tx)
            return .renewed(user, claims)
        }
        switch outcome {
        case .renewed(let user, let claims): return try await tokenPair(user, claims, refresh: successor)
        case .reused:
            throw Problem.unauthorized(
                code: "refresh_token_reused", detail: "This refresh token was used before; its session has been ended. Log in again.")
        case .invalid: throw Problem.unauthorized(code: "refresh_token_invalid", detail: "This refresh token is not valid; log in again.")
        }
    }

    func logOut(_ request: Request<LogOut>) async throws -> LoggedOut {
        guard let token = request.bearerToken else { throw Problem.unauthorized() }
        let claims = try tokens.claims(of: token)
        guard let user = Int64(claims.sub) else {
            throw Problem.unauthorized(code: "token_invalid", detail: "This token names no account.")
        }
        let everywhere = request.body.everywhere ?? false
        return try await request.commit(store) { tx in
            let ended =
                everywhere ? try SessionRows.revokeAll(of: user, in: tx) : try SessionRows.revoke(family: claims.sid, in: tx) ? 1 : 0
            if ended > 0 { try ActivityLog.add("logged_out", of: user, detail: everywhere ? "everywhere" : nil, in: tx) }
            return LoggedOut(sessions_ended: ended)
        }
    }

    func me(_ request: Request<NoBody>) throws -> UserView {
        guard let principal = request.principal, let id = Int64(principal.userID) else { throw Problem.unauthorized() }
        return try store.read { db in try UserRow.require(id, in: db).view }
    }

    private static var deactivated: Problem { .forbidden(code: "account_deactivated", detail: "This account is closed.") }

    private enum RefreshOutcome: Sendable {
        case renewed(UserRow, AccessTokenClaims)
        case reused, invalid
    }

    private func openStaffAccount(_ password: String, cause: Cause) async throws -> TokenPair {
        guard let email = staff.email else { throw Problem.unauthorized() }
        let hash = try await passwords.hash(password)
        let id = try await store.write(cause: cause) { tx in
            // Two first log-ins at once: the second finds the account of the first.
            try UserRow.find(email: email.folded, in: tx.db)?.id
                ?? UserRow.insert(email: email, fullName: "Lab staff", roles: [.staff], password: hash, in: tx).id
        }
        return try await openSession(of: id, renewed: nil, cause: cause)
    }

    private func openSession(of id: Int64, renewed: PasswordHash?, cause: Cause) async throws -> TokenPair {
        let refresh = refreshTokens.make()
        let session = world.makeID()
        let token = world.makeID()
        let (user, claims) = try await store.write(cause: cause) { tx in
            let user = try UserRow.require(id, in: tx.db)
            // The password took its time to check; the account may have been closed meanwhile.
            guard user.isActive else { throw Self.deactivated }
            if let renewed { try UserRow.setPassword(renewed, of: id, in: tx) }
            let claims = Self.claims(for: user, token: token, session: session, now: tx.now)
            try SessionRows.insert(RefreshTokenMaker.hash(refresh), claims, of: id, in: tx)
            try ActivityLog.add("logged_in", of: id, in: tx)
            try tx.publish(UsersAPI.loggedIn, user.state(at: tx.now), subject: String(id))
            return (user, claims)
        }
        return try await tokenPair(user, claims, refresh: refresh)
    }

    private func tokenPair(_ user: UserRow, _ claims: AccessTokenClaims, refresh: String) async throws -> TokenPair {
        TokenPair(
            access_token: try await tokens.sign(claims), expires_in: Int(claims.exp - claims.iat), refresh_token: refresh,
            refresh_expires_in: Int(RefreshTokenMaker.lifetime.components.seconds), user: user.view)
    }

    private static func claims(for user: UserRow, token: String, session: String, now: Timestamp) -> AccessTokenClaims {
        AccessTokenClaims(
            sub: String(user.id), jti: token, sid: session, roles: user.roles.map(\.rawValue), iat: now.secondsSinceEpoch,
            exp: now.secondsSinceEpoch + AccessTokenClaims.lifetime.components.seconds)
    }
}
