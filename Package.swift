// swift-tools-version: 6.1
import PackageDescription

// The architecture of ServiceLab. Floors, lowest first; a target imports only what stands above it in this file.
// docs/ARCHITECTURE.md draws the same picture; Tests/TidyTests holds both to the code.

/// One line per service: its name, and the services whose API it may call or whose messages it may read.
/// Each line makes two targets, `<Name>API` and `<Name>Service`, in `Sources/Services/<Name>/{API,Service}`.
let services: [(name: String, consumes: [String])] = [
    ("Users", consumes: []),
    ("Catalog", consumes: []),
    ("Payments", consumes: []),
    ("Orders", consumes: ["Catalog", "Payments", "Users"]),
    ("Notifications", consumes: ["Catalog", "Orders", "Users"]),
    ("Analytics", consumes: ["Catalog", "Notifications", "Orders", "Payments", "Users"]),
    ("Gateway", consumes: ["Users"]),
]

let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let crypto: [Target.Dependency] = [
    .product(name: "Crypto", package: "swift-crypto"),
    .product(name: "CryptoExtras", package: "swift-crypto"),
    .product(name: "JWTKit", package: "jwt-kit"),
]

/// Libraries that one service needs beside ServiceKit.
let serviceLibraries: [String: [Target.Dependency]] = [
    "Users": crypto,
    "Gateway": crypto + [hummingbird],
    "Notifications": [.product(name: "Mustache", package: "swift-mustache")],
]

let apis = services.map { Target.Dependency(stringLiteral: "\($0.name)API") }
let roster = services.map { Target.Dependency(stringLiteral: "\($0.name)Service") }

let platformTargets: [Target] = [
    // Floor 0: the C libraries.
    .systemLibrary(
        name: "CLMDB", pkgConfig: "lmdb", providers: [.apt(["liblmdb-dev"]), .brew(["lmdb"])]),
    .systemLibrary(
        name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]),

    // Floor 1: vocabulary and ports.
    .target(
        name: "Runtime",
        dependencies: [
            .product(name: "DequeModule", package: "swift-collections"), .product(name: "HeapModule", package: "swift-collections"),
        ]),
    .target(name: "Commerce"),
    .target(name: "Messaging", dependencies: ["Runtime"]),
    .target(name: "Contracts", dependencies: ["Messaging", "Runtime"]),
    .target(name: "Storage", dependencies: ["CSQLite", "Runtime", "Messaging", grdb]),
    .target(
        name: "Telemetry", dependencies: ["Runtime", logging, .product(name: "CoreMetrics", package: "swift-metrics")]),

    // Floor 2: mechanisms.
    .target(
        name: "LMDBBus",
        dependencies: [
            "CLMDB", "Messaging", "Runtime", .product(name: "DequeModule", package: "swift-collections"),
        ]),
    .target(name: "Reliability", dependencies: ["Messaging", "Runtime", "Storage", "Telemetry", logging]),
    .target(name: "Sagas", dependencies: ["Messaging", "Reliability", "Runtime", "Storage", grdb]),
    .target(name: "EventSourcing", dependencies: ["Messaging", "Runtime", "Storage", grdb]),

    // Floor 3: what a service is written against.
    .target(
        name: "ServiceKit",
        dependencies: [
            "Commerce", "Contracts", "Messaging", "Reliability", "Runtime", "Sagas", "Storage", "Telemetry",
            .product(name: "HummingbirdCore", package: "hummingbird"), .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "DequeModule", package: "swift-collections"), logging,
        ]),
]

/// Floor 1 (the API) and floor 4 (the service): two targets for a line of `services`.
func targets(of name: String, consumes: [String]) -> [Target] {
    let peers = consumes.map { Target.Dependency(stringLiteral: "\($0)API") }
    let kit: [Target.Dependency] = [
        "Commerce", "Contracts", "EventSourcing", "Messaging", "Reliability", "Runtime", "Sagas", "ServiceKit", "Storage", "Telemetry",
        grdb, logging,
    ]
    let own = Target.Dependency(stringLiteral: "\(name)API")
    return [
        .target(
            name: "\(name)API", dependencies: ["Commerce", "Contracts", "Messaging", "Runtime"], path: "Sources/Services/\(name)/API"),
        .target(
            name: "\(name)Service", dependencies: kit + [own] + peers + serviceLibraries[name, default: []],
            path: "Sources/Services/\(name)/Service", resources: [.copy("Migrations")]),
    ]
}

let productTargets: [Target] = [
    // Floor 5: the composition root.
    .target(
        name: "Lab",
        dependencies: [
            "Commerce", "Contracts", "LMDBBus", "Messaging", "Reliability", "Runtime", "Sagas", "ServiceKit",
            "Storage", "Telemetry", hummingbird, logging, grdb, "Yams", .product(name: "HTTPTypes", package: "swift-http-types"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        ] + apis + roster),

    // Floor 5, beside it: the same roster in a simulated world, and the public test harness.
    .target(
        name: "Simulation",
        dependencies: [
            "Commerce", "Contracts", "EventSourcing", "Lab", "LMDBBus", "Messaging", "Reliability", "Runtime", "Sagas", "ServiceKit",
            "Storage", "Telemetry",
            grdb, logging,
        ] + apis + roster),
    .target(name: "LabTesting", dependencies: ["Contracts", "Lab", "Messaging", "Runtime", "ServiceKit", "Simulation"] + apis),

    // Floor 6: what people run.
    .executableTarget(
        name: "labctl",
        dependencies: [
            "Contracts", "Lab", "Runtime", "Simulation", "Telemetry", logging,
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
        ]),
    .executableTarget(
        name: "labbench",
        dependencies: [
            "CLMDB", "CSQLite", "LMDBBus", "Lab", "Messaging", "Reliability", "Runtime", "Simulation", "Storage", grdb, hummingbird,
            logging,
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ]),
    .executableTarget(
        name: "PublishAndConsume", dependencies: ["LMDBBus", "Messaging", "Runtime"], path: "Playground/01-publish-and-consume"),

    // Conformance suites, for adapters and services of other packages too.
    .target(name: "MessagingTesting", dependencies: ["Messaging", "Runtime"]),

    .testTarget(name: "RuntimeTests", dependencies: ["Runtime"]),
    .testTarget(name: "MessagingTests", dependencies: ["Messaging", "Runtime"]),
    .testTarget(name: "LMDBBusTests", dependencies: ["CLMDB", "LMDBBus", "Messaging", "MessagingTesting", "Runtime"]),
    .testTarget(name: "StorageTests", dependencies: ["Messaging", "Runtime", "Storage", grdb]),
    .testTarget(name: "ReliabilityTests", dependencies: ["LMDBBus", "Messaging", "Reliability", "Runtime", "Storage", grdb, logging]),
    .testTarget(
        name: "SagasTests",
        dependencies: ["EventSourcing", "LMDBBus", "Messaging", "Reliability", "Runtime", "Sagas", "Storage", grdb, logging]),
    .testTarget(
        name: "ServiceKitTests",
        dependencies: [
            "Contracts", "Messaging", "Reliability", "Runtime", "ServiceKit", "Storage", "Telemetry", grdb, logging,
            .product(name: "CoreMetrics", package: "swift-metrics"), .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
        ]),
    .testTarget(
        name: "LabTests",
        dependencies: [
            "Commerce", "Contracts", "EventSourcing", "Lab", "LMDBBus", "Messaging", "Reliability", "Runtime", "Sagas", "ServiceKit",
            "Storage",
            "Telemetry", grdb, hummingbird, .product(name: "AsyncHTTPClient", package: "async-http-client"),
        ] + crypto + apis + roster),
    .testTarget(
        name: "SimulationTests",
        dependencies: [
            "Commerce", "Contracts", "Lab", "LabTesting", "LMDBBus", "Messaging", "Reliability", "Runtime", "Sagas", "ServiceKit",
            "Simulation",
            "Storage", grdb,
        ] + apis + roster),
    .testTarget(name: "MutantTests", dependencies: ["LabTesting", "Runtime", "Simulation"]),
    // An example that is a test: run with the others.
    .testTarget(name: "SimulateACheckout", dependencies: ["LabTesting", "OrdersAPI"], path: "Playground/02-simulate-a-checkout"),
    .testTarget(name: "TidyTests", dependencies: []),
]

let package = Package(
    name: "ServiceLab",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "labctl", targets: ["labctl"]),
        .library(name: "Commerce", targets: ["Commerce"]),
        .library(name: "Contracts", targets: ["Contracts"]),
        .library(name: "EventSourcing", targets: ["EventSourcing"]),
        .library(name: "Lab", targets: ["Lab"]),
        .library(name: "LabTesting", targets: ["LabTesting"]),
        .library(name: "Messaging", targets: ["Messaging"]),
        .library(name: "MessagingTesting", targets: ["MessagingTesting"]),
        .library(name: "Reliability", targets: ["Reliability"]),
        .library(name: "Runtime", targets: ["Runtime"]),
        .library(name: "Sagas", targets: ["Sagas"]),
        .library(name: "ServiceKit", targets: ["ServiceKit"]),
        .library(name: "Simulation", targets: ["Simulation"]),
        .library(name: "Storage", targets: ["Storage"]),
    ],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.100.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: platformTargets + services.flatMap { targets(of: $0.name, consumes: $0.consumes) } + productTargets,
    swiftLanguageModes: [.v6]
)

// Structures of the C library (timespec, timeval, winsize, stat) count as members of whichever module the compiler has loaded first, by the
// order of files and the number of cores: who uses them cannot say what to import.
let usersOfC: Set = ["Runtime", "LMDBBus", "labbench", "labctl", "SimulationTests"]
for target in package.targets where target.type != .system {
    target.swiftSettings = [.enableUpcomingFeature("ExistentialAny")]
    if !usersOfC.contains(target.name) { target.swiftSettings?.append(.enableUpcomingFeature("MemberImportVisibility")) }
}
