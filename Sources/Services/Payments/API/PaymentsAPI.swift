import Contracts
import Messaging

/// What payments offer: card payments from authorisation to refund, for checkouts and for staff, and the ledger behind them.
public enum PaymentsAPI: ServiceAPI {
    public static let name = "payments"
    public static let summary = "Card payments against a simulated processor, and a double-entry ledger."

    public static let endpoints: [EndpointDeclaration] = [
        listPayments.declaration, payment.declaration, authorize.declaration, capture.declaration, void.declaration,
        refund.declaration, entries.declaration, ledgerAccounts.declaration, ledgerCheck.declaration,
    ]

    public static let topics = [events, commands]

    public static let messages = [
        MessageDeclaration(authorized), MessageDeclaration(captured), MessageDeclaration(declined), MessageDeclaration(voided),
        MessageDeclaration(refunded),
        MessageDeclaration(authorizeCommand), MessageDeclaration(captureCommand), MessageDeclaration(voidCommand),
        MessageDeclaration(refundCommand),
        MessageDeclaration(authorizeSucceeded), MessageDeclaration(authorizeFailed), MessageDeclaration(captureSucceeded),
        MessageDeclaration(voidSucceeded), MessageDeclaration(refundSucceeded), MessageDeclaration(refundFailed),
    ]
}
