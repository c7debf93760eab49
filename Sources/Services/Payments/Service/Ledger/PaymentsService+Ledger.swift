import Contracts
import PaymentsAPI
import ServiceKit
import Storage

extension PaymentsService {
    func ledgerAccounts(_ request: Request<NoBody>) throws -> AccountList { try store.read(LedgerReading.accounts) }

    func ledgerCheck(_ request: Request<NoBody>) throws -> LedgerReport { try store.read(LedgerCheck.run) }

    func entries(_ request: Request<NoBody>) throws -> EntryList {
        let id = try request.pathID("id")
        return try store.read { db in
            guard try PaymentTable.find(id: id, in: db) != nil else { throw Problem.notFound("payment", id) }
            return try LedgerReading.entries(of: id, in: db)
        }
    }
}
