import Contracts
import Crypto
import Foundation
import GRDB
import ServiceKit
import UsersAPI

/// The first account with the role staff.
///
/// A lab begins without accounts. The e-mail in setting `staff_email` (`admin@lab.local` by default; empty: none) is reserved: nobody can
/// register with it or change to it. The account comes into being at its first log-in, with the password that is kept as the secret
/// `staff_password` of the data directory (made at first start, readable by the lab's owner only): who can read the directory is staff.
/// An e-mail that has an account already when the setting names it gains nothing by that.
struct StaffAccount: Sendable {
    let email: EmailAddress?
    private let password: Data

    init(settings: Settings, secrets: SecretStore) throws {
        let text = settings.string("staff_email", default: "admin@lab.local")
        email = text.isEmpty ? nil : EmailAddress(text)
        if !text.isEmpty, email == nil {
            throw Problem(status: 500, code: "setting_invalid", detail: "staff_email is no e-mail address: \(text)")
        }
        password = try Data(secrets.text("staff_password").utf8)
    }

    /// Whether this is the log-in that brings the account into being.
    func isFirstLogIn(_ email: String, _ password: String) -> Bool {
        guard let reserved = self.email, reserved.folded == email else { return false }
        // Digests, so that the comparison's time says nothing about the secret.
        return SHA256.hash(data: Data(password.utf8)) == SHA256.hash(data: self.password)
    }

    /// - Throws: ``Problem`` 409 `email_reserved`.
    func checkFree(_ text: String) throws -> EmailAddress {
        guard let address = EmailAddress(text) else {
            throw Problem.unprocessable(field: "email", "must be an e-mail address such as ada@example.com")
        }
        guard address.folded != email?.folded else {
            throw Problem.conflict(code: "email_reserved", detail: "This e-mail is reserved for the lab's staff account.")
        }
        return address
    }

    /// A lab without staff could not be given any again.
    static func checkNotLast(_ user: UserRow, in db: Database) throws {
        guard user.isActive, user.roles.contains(.staff), try UserRow.countOfActiveStaff(in: db) <= 1 else { return }
        throw Problem.conflict(code: "last_staff", detail: "This is the last account with the role staff; grant it to another one first.")
    }
}
