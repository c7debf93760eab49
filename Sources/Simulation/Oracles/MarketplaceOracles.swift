import Runtime

extension [any Oracle] {
    /// Everything that must hold in a marketplace, each oracle usable alone as well.
    public static var marketplace: [any Oracle] {
        anyLab + [
            .moneyConserved, .ledgerBalanced, .stockNonNegative, .effectsOnce, .noOrderLost, .projectionEqualsReplay, .figuresEqualLog,
            .notificationsEqualLog, .paymentsEqualLog, .revenueEqualsPayments, .contactsMirrorUsers, .confirmedOrdersHaveGoods,
            .reservationsLinearizable, .commandsAnswered, .oneOrderPerKey, .nobodyGivesUp, .restartEquivalence,
        ]
    }

    /// What holds for every lab, whatever its services: files, log, messages, sagas.
    public static var anyLab: [any Oracle] {
        [
            .storesIntact, .logIntact, .outboxKept, .noMessageLost, .noDeadLetters, .handledInOrder, .monotonicOffsets,
            .sagasTerminate(within: .hours(1)),
            .compensationReversed,
        ]
    }
}
