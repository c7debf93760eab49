import Contracts
import GRDB
import Runtime
import ServiceKit
import Storage
import UsersAPI

extension UsersService {
    nonisolated func personalRoutes(_ routes: inout Routes) {
        routes.on(UsersAPI.profile) { try await self.profile($0) }
        routes.on(UsersAPI.setProfile) { try await self.setProfile($0) }
        routes.on(UsersAPI.settings) { try await self.settings($0) }
        routes.on(UsersAPI.setSetting) { try await self.setSetting($0) }
        routes.on(UsersAPI.removeSetting) { try await self.removeSetting($0) }
        routes.on(UsersAPI.activity) { try await self.activity($0) }
    }

    func profile(_ request: Request<NoBody>) throws -> ProfileView {
        let id = try request.ownedUserID()
        return try store.read { db in
            _ = try UserRow.require(id, in: db)
            return try ProfileRow.find(id, in: db) ?? ProfileView(user_id: id)
        }
    }

    func setProfile(_ request: Request<SetProfile>) async throws -> ProfileView {
        let id = try request.ownedUserID()
        let body = request.body
        return try await request.commit(store) { tx in
            _ = try UserRow.require(id, in: tx.db)
            return try ProfileRow.set(body, of: id, in: tx)
        }
    }

    func settings(_ request: Request<NoBody>) throws -> SettingList {
        let id = try request.ownedUserID()
        return try store.read { db in
            _ = try UserRow.require(id, in: db)
            return SettingList(items: try SettingRow.all(of: id, in: db))
        }
    }

    func setSetting(_ request: Request<SetSetting>) async throws -> SettingView {
        let id = try request.ownedUserID()
        let key = try SettingRow.checkedKey(request.path("key"))
        let body = request.body
        return try await request.commit(store) { tx in
            _ = try UserRow.require(id, in: tx.db)
            return try SettingRow.set(key, type: body.type ?? "string", value: body.value, of: id, in: tx)
        }
    }

    func removeSetting(_ request: Request<NoBody>) async throws -> SettingList {
        let id = try request.ownedUserID()
        let key = try SettingRow.checkedKey(request.path("key"))
        return try await request.commit(store) { tx in
            try SettingRow.remove(key, of: id, in: tx.db)
            return SettingList(items: try SettingRow.all(of: id, in: tx.db))
        }
    }

    func activity(_ request: Request<NoBody>) throws -> Page<ActivityView> {
        let id = try request.ownedUserID()
        let limit = try request.limit()
        let before = try request.pageStart() ?? .max
        return try store.read { db in
            _ = try UserRow.require(id, in: db)
            let entries = try ActivityLog.page(of: id, before: before, limit: limit + 1, in: db)
            return Page(
                items: Array(entries.prefix(limit)), next_cursor: entries.count > limit ? String(entries[limit - 1].id) : nil)
        }
    }
}
