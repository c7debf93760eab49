import GRDB

/// Every SQLite file passes SQLite's own checks: pages, indexes, NOT NULL constraints, foreign keys.
public struct StoresIntact: Oracle {
    public let name = "stores intact"

    public init() {}

    public func afterSettle(_ view: LabView) throws {
        for service in view.services {
            let findings = try view.texts(service, "PRAGMA integrity_check(3)")
            try view.expect(findings == ["ok"], "\(service)'s file is sound", findings.joined(separator: "; "))
            guard let row = try view.rows(service, "PRAGMA foreign_key_check").first else { continue }
            try view.expect(
                false, "every reference of \(service) leads to a row",
                "row \(LabImage.text(Array(row.databaseValues)[1])) of \(row[0] as String) refers to a row of \(row[2] as String) that is not there"
            )
        }
    }
}

extension Oracle where Self == StoresIntact {
    public static var storesIntact: StoresIntact { StoresIntact() }
}
