// swift-tools-version: 6.3
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let mustache: Target.Dependency = .product(name: "Mustache", package: "swift-mustache")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

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
        .target(
            name: "Commands",
            dependencies: [
                "Host", "Findings", "Audit", "S390xKit", "Sandbox", "KernelTree", "Toolchain", "Guest", "Evidence",
                "Regression", "Rendering", "Pilot", "Rollback", "Scripts", "ByteKit",
                argumentParser,
            ]),
        .target(
            name: "Pilot",
            dependencies: [
                "Host", "Findings", "Audit", "Sandbox", "KernelTree", "Toolchain", "Guest", "Rollback", "Evidence",
                "Rendering",
            ]),
        .target(
            name: "Rendering",
            dependencies: [
                "Host", "Findings", "Audit", "Evidence", "KernelTree", "Guest", "Regression", "Rollback", "Toolchain",
                "Sandbox",
                "Scripts", mustache,
            ]),
        .target(
            name: "Evidence",
            dependencies: [
                "Host", "Findings", "Audit", "KernelTree", "Guest", "Regression", "Rollback", "Toolchain", "Sandbox",
                grdb,
            ]),
        .target(name: "Rollback", dependencies: ["Host", "KernelTree", "Guest", "Sandbox"]),
        .target(
            name: "Regression",
            dependencies: ["Host", "Sandbox", "KernelTree", "Guest", "ByteKit", "ELFKit", system]),
        .target(name: "Scripts", dependencies: ["Host", "Findings", system, yams]),
        .target(name: "Guest", dependencies: ["Host", "Findings", "Sandbox"]),
        .target(name: "KernelTree", dependencies: ["Host", "Findings", "Sandbox", "ByteKit", "ELFKit", system]),
        .target(name: "Toolchain", dependencies: ["Host", "Sandbox", "ByteKit", "ELFKit", "S390xKit"]),
        .target(name: "Sandbox", dependencies: ["Host", "CSeccomp", system]),
        .systemLibrary(name: "CSeccomp", providers: [.apt(["libseccomp-dev"])]),
        .systemLibrary(name: "CLZMA", providers: [.apt(["liblzma-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CZstd", providers: [.apt(["libzstd-dev"])]),
        .target(name: "ByteKit", dependencies: ["CLZMA", "CZlib", "CZstd"]),
        .target(name: "ELFKit", dependencies: ["ByteKit"]),
        .target(name: "DWARFKit", dependencies: ["ByteKit"]),
        .target(name: "S390xKit", dependencies: ["ByteKit"]),
        .target(name: "Audit", dependencies: ["ByteKit", "ELFKit", "DWARFKit", "S390xKit", "Findings"]),
        .target(name: "Findings"),
        .target(name: "Host", dependencies: [crypto, subprocess, system]),
        .target(
            name: "TestSupport",
            dependencies: [
                "Host", "Audit", "Sandbox", "Evidence", "Findings", "Guest", "KernelTree", "Rollback", "Toolchain",
                system,
            ],
            path: "Tests/TestSupport"),
        .target(
            name: "FuzzTargets",
            dependencies: ["ByteKit", "ELFKit", "DWARFKit", "S390xKit", "Audit", "Guest", "Scripts"],
            path: "Tests/FuzzTargets"),
        .testTarget(name: "ByteKitTests", dependencies: ["ByteKit"]),
        .target(name: "DecoderSupport", dependencies: ["ByteKit"], path: "Tests/DecoderSupport"),
        .testTarget(
            name: "ELFKitTests",
            dependencies: ["ELFKit", "ByteKit", "DecoderSupport", "TestSupport", "Host", "Sandbox"]),
        .testTarget(name: "DWARFKitTests", dependencies: ["DWARFKit", "ByteKit", "DecoderSupport"]),
        .testTarget(
            name: "S390xKitTests", dependencies: ["S390xKit", "ByteKit", "Host", "Sandbox", "TestSupport", system]),
        .testTarget(
            name: "AuditTests",
            dependencies: [
                "Audit", "ByteKit", "ELFKit", "DecoderSupport", "FuzzTargets", "Findings", "Host", "Sandbox",
                "KernelTree",
                "S390xKit", "TestSupport", system,
            ]),
        .testTarget(name: "HostTests", dependencies: ["Host", "TestSupport", system]),
        .testTarget(name: "GuestTests", dependencies: ["Guest", "Host", "Sandbox", "TestSupport"]),
        .testTarget(
            name: "KernelTreeTests", dependencies: ["KernelTree", "Host", "Findings", "Sandbox", "TestSupport", system]),
        .testTarget(
            name: "ToolchainTests", dependencies: ["Toolchain", "Host", "KernelTree", "Sandbox", "TestSupport", system]),
        .testTarget(name: "SandboxTests", dependencies: ["Sandbox", "Host", "TestSupport", system]),
        .testTarget(
            name: "EvidenceTests",
            dependencies: [
                "Evidence", "Findings", "Guest", "Host", "KernelTree", "Regression", "Sandbox", "Toolchain",
                "TestSupport",
            ]),
        .testTarget(
            name: "RenderingTests",
            dependencies: [
                "Rendering", "Audit", "Evidence", "Findings", "Guest", "Host", "KernelTree", "Regression", "Rollback",
                "Sandbox",
                "Toolchain", "TestSupport",
            ]),
        .testTarget(
            name: "PilotTests",
            dependencies: [
                "Pilot", "Audit", "Evidence", "Findings", "Guest", "Host", "KernelTree", "Sandbox", "Toolchain",
                "TestSupport",
            ]),
        .testTarget(
            name: "RegressionTests",
            dependencies: ["Regression", "Guest", "Host", "KernelTree", "Sandbox", "TestSupport", system]),
        .testTarget(
            name: "RollbackTests",
            dependencies: ["Rollback", "Evidence", "Guest", "Host", "KernelTree", "Sandbox", "TestSupport", system]),
        .testTarget(
            name: "ScriptsTests", dependencies: ["Scripts", "Findings", "Host", "KernelTree", "TestSupport", system]),
        .testTarget(name: "CommandsTests", dependencies: ["Commands", "Audit", "Host", "KernelTree", "TestSupport"]),
    ]
)

for target in package.targets where target.type != .system {
    target.swiftSettings =
        (target.swiftSettings ?? []) + [
            .swiftLanguageMode(.v6),
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("MemberImportVisibility"),
            .enableUpcomingFeature("InternalImportsByDefault"),
            .strictMemorySafety(),
            .treatAllWarnings(as: .error),
        ]
}
