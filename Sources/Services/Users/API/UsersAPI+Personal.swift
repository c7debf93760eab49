import Contracts

extension UsersAPI {
    public static let profile = Endpoint<NoBody, ProfileView>(
        .get, "/users/{id}/profile", "getProfile", summary: "An account's profile.", access: .ownerOrStaff, parameters: [userID])
    public static let setProfile = Endpoint<SetProfile, ProfileView>(
        .put, "/users/{id}/profile", "setProfile", summary: "Replace an account's profile.", access: .ownerOrStaff, parameters: [userID])
    public static let settings = Endpoint<NoBody, SettingList>(
        .get, "/users/{id}/settings", "listSettings", summary: "An account's settings, sorted by key.", access: .ownerOrStaff,
        parameters: [userID])
    public static let setSetting = Endpoint<SetSetting, SettingView>(
        .put, "/users/{id}/settings/{key}", "setSetting", summary: "Set one setting. At most 100 for an account.",
        access: .ownerOrStaff, parameters: [userID, settingKey])
    public static let removeSetting = Endpoint<NoBody, SettingList>(
        .delete, "/users/{id}/settings/{key}", "removeSetting", summary: "Remove one setting; the answer lists what is left.",
        access: .ownerOrStaff, parameters: [userID, settingKey])
    public static let activity = Endpoint<NoBody, Page<ActivityView>>(
        .get, "/users/{id}/activity", "listActivity", summary: "What happened to an account, newest first.", access: .ownerOrStaff,
        parameters: [userID] + Parameter.paging)

    static let settingKey = Parameter.path("key", .string, "1 to 64 of a-z, 0-9, '.', '_' and '-'.")

    static var personal: [EndpointDeclaration] {
        [
            profile.declaration, setProfile.declaration, settings.declaration, setSetting.declaration, removeSetting.declaration,
            activity.declaration,
        ]
    }
}
