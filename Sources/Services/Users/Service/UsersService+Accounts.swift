import Contracts
import Messaging
import Runtime
import ServiceKit
import Storage
import UsersAPI

extension UsersService {
    nonisolated func accountRoutes(_ routes: inout Routes) {
        routes.on(UsersAPI.register) { try await self.register($0) }
        routes.on(UsersAPI.signUp) { try await self.register($0) }
        routes.on(UsersAPI.list) { try await self.list($0) }
        routes.on(UsersAPI.get) { try await self.get($0) }
        routes.on(UsersAPI.patch) { try await self.patch($0) }
        routes.on(UsersAPI.deactivate) { try await self.deactivate($0) }
        routes.on(UsersAPI.activate) { try await self.activate($0) }
        routes.on(UsersAPI.grantRoles) { try await self.grantRoles($0) }
        routes.on(UsersAPI.internalUser) { try await self.internalUser($0) }
    }

    func register(_ request: Request<RegisterUser>) async throws -> UserView {
        let body = request.body
        let email = try staff.checkFree(body.email)
        var hash: PasswordHash?
        if let password = body.password { hash = try await passwords.hash(password) }
        return try await request.commit(store) { [hash] tx in
            let user = try UserRow.insert(email: email, fullName: body.full_name, roles: [.buyer], password: hash, in: tx)
            return user.view
        }
    }

    func list(_ request: Request<NoBody>) throws -> Page<UserView> {
        let limit = try request.limit()
        let after = try request.pageStart() ?? 0
        return try store.read { db in
            let users = try UserRow.page(after: after, limit: limit + 1, in: db)
            return Page(
                items: users.prefix(limit).map(\.view), next_cursor: users.count > limit ? String(users[limit - 1].id) : nil)
        }
    }

    func get(_ request: Request<NoBody>) throws -> UserView {
        let id = try request.ownedUserID()
        return try store.read { db in try UserRow.require(id, in: db).view }
    }

    func patch(_ request: Request<PatchUser>) async throws -> UserView {
        let id = try request.ownedUserID()
        let body = request.body
        return try await request.commit(store) { [staff] tx in
            var user = try UserRow.require(id, in: tx.db)
            if let text = body.email, let email = EmailAddress(text), email.folded != user.email.folded {
                user.email = try staff.checkFree(text)
            } else if let text = body.email, let email = EmailAddress(text) {
                user.email = email
            }
            if let name = body.full_name { user.fullName = name }
            try user.update(UsersAPI.updated, activity: "updated", in: tx)
            return user.view
        }
    }

    func deactivate(_ request: Request<NoBody>) async throws -> UserView {
        let id = try request.ownedUserID()
        return try await request.commit(store) { tx in
            var user = try UserRow.require(id, in: tx.db)
            guard user.isActive else { return user.view }
            try StaffAccount.checkNotLast(user, in: tx.db)
            user.isActive = false
            try user.update(UsersAPI.deactivated, activity: "deactivated", in: tx)
            try SessionRows.revokeAll(of: id, in: tx)
            return user.view
        }
    }

    func activate(_ request: Request<NoBody>) async throws -> UserView {
        let id = try request.pathID("id")
        return try await request.commit(store) { tx in
            var user = try UserRow.require(id, in: tx.db)
            guard !user.isActive else { return user.view }
            user.isActive = true
            try user.update(UsersAPI.updated, activity: "activated", in: tx)
            return user.view
        }
    }

    func grantRoles(_ request: Request<GrantRoles>) async throws -> UserView {
        let id = try request.pathID("id")
        let roles = Role.allCases.filter { request.body.roles.contains($0.rawValue) }
        return try await request.commit(store) { tx in
            var user = try UserRow.require(id, in: tx.db)
            guard roles != user.roles else { return user.view }
            if !roles.contains(.staff) { try StaffAccount.checkNotLast(user, in: tx.db) }
            user.roles = roles
            try user.update(UsersAPI.updated, activity: "roles_granted", detail: user.roleList, in: tx)
            try SessionRows.revokeAccessTokens(of: id, in: tx)
            return user.view
        }
    }

    func internalUser(_ request: Request<NoBody>) throws -> InternalUser {
        let id = try request.pathID("id")
        return try store.read { db in
            let user = try UserRow.require(id, in: db)
            return InternalUser(
                id: user.id, email: user.email.written, full_name: user.fullName, roles: user.roles.map(\.rawValue),
                is_active: user.isActive)
        }
    }
}
