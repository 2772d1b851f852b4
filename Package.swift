// swift-tools-version: 6.3
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

/// The package that each product of others comes from.
let products = [
    "ArgumentParser": "swift-argument-parser",
    "Crypto": "swift-crypto",
    "GRDB": "GRDB.swift",
    "Mustache": "swift-mustache",
    "Subprocess": "swift-subprocess",
    "SystemPackage": "swift-system",
    "Yams": "Yams",
]

/// Each module, a folder under Sources, and the modules and products that it imports.
let modules: KeyValuePairs = [
    "Attestation": ["ByteKit", "CZlib", "CZstd", "Evidence", "Host", "Records", "Signing", "SystemPackage"],
    "Audit": ["ByteKit", "DWARFKit", "ELFKit", "Records", "S390xKit"],
    "ByteKit": ["CLZMA", "CZlib", "CZstd"],
    "Campaigns": ["Host", "Records", "Settings", "SystemPackage"],
    "CMDB": ["Host", "Records", "Settings", "SystemPackage"],
    "Commands": [
        "ArgumentParser", "Attestation", "Audit", "CMDB", "Campaigns", "Documents", "Evidence", "EvidenceSQLite",
        "Guest", "Host",
        "KernelTree", "Lint", "Machines", "Policy", "Records", "Rollback", "S390xKit", "Sandbox", "Signing", "Site",
        "SystemPackage", "Toolchain", "Watch", "Workflows",
    ],
    "DWARFKit": ["ByteKit"],
    "Documents": ["Host", "Mustache", "Records"],
    "ELFKit": ["ByteKit"],
    "Evidence": ["Host", "Records", "Signing"],
    "EvidenceSQLite": ["CZstd", "Evidence", "GRDB", "Host", "Records", "Signing", "SystemPackage"],
    "Guest": ["Host", "Records", "Sandbox", "SystemPackage"],
    "Host": ["Crypto", "Subprocess", "SystemPackage"],
    "KernelTree": ["ByteKit", "ELFKit", "Host", "Records", "Sandbox", "SystemPackage"],
    "Lint": ["ByteKit", "Host", "Records", "SystemPackage", "Yams"],
    "Machines": ["Host", "Records", "Yams"],
    "Policy": ["Host", "Records", "Settings", "Signing"],
    "Records": ["Host"],
    "Rollback": ["Host", "KernelTree", "Records", "SystemPackage"],
    "S390xKit": ["ByteKit"],
    "Sandbox": ["CSeccomp", "Host", "Records", "Settings", "SystemPackage"],
    "Settings": ["Host", "Yams"],
    "Signing": ["Crypto", "Host", "SystemPackage"],
    "Site": ["Documents", "Evidence", "Host", "Policy", "Records", "SystemPackage", "Watch", "Workflows"],
    "Toolchain": ["ByteKit", "ELFKit", "Host", "Records", "S390xKit", "Sandbox", "SystemPackage"],
    "Watch": ["ByteKit", "Host", "KernelTree", "Records", "Sandbox", "SystemPackage", "Toolchain"],
    "Workflows": [
        "Audit", "ByteKit", "CMDB", "Campaigns", "ELFKit", "Evidence", "Guest", "Host", "KernelTree", "Machines",
        "Policy",
        "Records",
        "Rollback", "Sandbox", "SystemPackage", "Toolchain",
    ],
]

/// What tests share, folders under Tests.
let support: KeyValuePairs = [
    "DecoderSupport": ["ByteKit"],
    "FuzzTargets": ["Audit", "ByteKit", "DWARFKit", "ELFKit", "Guest", "Lint", "Records", "S390xKit"],
    "TestSupport": [
        "Audit", "Evidence", "Guest", "Host", "KernelTree", "Policy", "Records", "Rollback", "Sandbox",
        "SystemPackage", "Toolchain",
    ],
]

/// Tests, folders under Tests.
let tests: KeyValuePairs = [
    "AttestationTests": ["Attestation", "Evidence", "Host", "Records", "Signing", "SystemPackage", "TestSupport"],
    "AuditTests": [
        "Audit", "ByteKit", "DecoderSupport", "ELFKit", "FuzzTargets", "Host", "Records", "S390xKit", "Sandbox",
        "SystemPackage", "TestSupport",
    ],
    "ByteKitTests": ["ByteKit"],
    "CMDBTests": ["CMDB", "Host", "Records", "SystemPackage", "TestSupport"],
    "CampaignsTests": ["Campaigns", "Host", "Records", "SystemPackage", "TestSupport"],
    "CommandsTests": [
        "Attestation", "Audit", "Commands", "Documents", "Evidence", "EvidenceSQLite", "Guest", "Host", "KernelTree",
        "Records", "Sandbox", "Signing", "SystemPackage", "TestSupport", "Workflows",
    ],
    "DWARFKitTests": ["ByteKit", "DWARFKit", "DecoderSupport", "TestSupport"],
    "DocumentsTests": [
        "Audit", "Documents", "Evidence", "Guest", "Host", "KernelTree", "Policy", "Records", "Rollback", "Sandbox",
        "SystemPackage", "TestSupport", "Toolchain", "Workflows",
    ],
    "ELFKitTests": ["ByteKit", "DecoderSupport", "ELFKit", "Host", "Sandbox", "SystemPackage", "TestSupport"],
    "EvidenceTests": ["Evidence", "EvidenceSQLite", "Host", "Records", "Signing", "SystemPackage", "TestSupport"],
    "GuestTests": ["Guest", "Host", "Records", "Sandbox", "SystemPackage", "TestSupport"],
    "HostTests": ["Host", "Records", "SystemPackage", "TestSupport"],
    "KernelTreeTests": [
        "DecoderSupport", "Host", "KernelTree", "Records", "Sandbox", "SystemPackage", "TestSupport",
    ],
    "LintTests": ["Host", "KernelTree", "Lint", "Records", "SystemPackage", "TestSupport"],
    "MachinesTests": ["Host", "Machines", "Records", "SystemPackage", "TestSupport"],
    "PolicyTests": ["Audit", "Host", "Policy", "Records", "Signing", "SystemPackage", "TestSupport", "Yams"],
    "RollbackTests": ["Host", "KernelTree", "Records", "Rollback", "SystemPackage", "TestSupport"],
    "S390xKitTests": ["ByteKit", "Host", "S390xKit", "Sandbox", "SystemPackage", "TestSupport"],
    "SandboxTests": ["Host", "Records", "Sandbox", "SystemPackage", "TestSupport"],
    "SigningTests": ["Host", "Signing", "SystemPackage", "TestSupport"],
    "ToolchainTests": ["Host", "KernelTree", "Records", "Sandbox", "SystemPackage", "TestSupport", "Toolchain"],
    "WatchTests": [
        "Host", "Policy", "Records", "Sandbox", "SystemPackage", "TestSupport", "Watch",
    ],
    "WorkflowsTests": [
        "Audit", "Campaigns", "Evidence", "Guest", "Host", "KernelTree", "Policy", "Records", "Rollback", "Sandbox",
        "SystemPackage",
        "TestSupport", "Workflows",
    ],
]

func dependencies(_ names: [String]) -> [Target.Dependency] {
    names.map { name in products[name].map { .product(name: name, package: $0) } ?? .byName(name: name) }
}

/// What a module takes into its code from files that editors and other programs know.
func resources(of module: String) -> [Resource] {
    [
        "Attestation", "CMDB", "Campaigns", "Documents", "Policy", "Rollback", "S390xKit", "Sandbox", "Toolchain",
        "Workflows",
    ]
    .contains(module)
        ? [.embedInCode("Resources")] : []
}

let package = Package(
    name: "bessemer",
    products: [.executable(name: "bessemer", targets: ["bessemer"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        .executableTarget(name: "bessemer", dependencies: ["Commands"]),
        .systemLibrary(name: "CLZMA", providers: [.apt(["liblzma-dev"])]),
        .systemLibrary(name: "CSeccomp", providers: [.apt(["libseccomp-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CZstd", providers: [.apt(["libzstd-dev"])]),
    ]
        + modules.map { .target(name: $0, dependencies: dependencies($1), resources: resources(of: $0)) }
        + support.map { .target(name: $0, dependencies: dependencies($1), path: "Tests/\($0)") }
        + tests.map { .testTarget(name: $0, dependencies: dependencies($1)) }
)

for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .strictMemorySafety(),
        .treatAllWarnings(as: .error),
    ]
}
