// swift-tools-version: 6.3
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")

// The decoders, the audit and the readers of text without the rest of the system, instrumented for libFuzzer and
// AddressSanitizer. `Sources` holds links to the modules of the package above. `run` builds and starts it.
let package = Package(
    name: "fuzz",
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        .systemLibrary(name: "CLZMA", providers: [.apt(["liblzma-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CZstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CFuzzer"),
        .target(name: "ByteKit", dependencies: ["CLZMA", "CZlib", "CZstd"]),
        .target(name: "ELFKit", dependencies: ["ByteKit"]),
        .target(name: "DWARFKit", dependencies: ["ByteKit"]),
        .target(name: "S390xKit", dependencies: ["ByteKit"], resources: [.embedInCode("Resources")]),
        .target(name: "Records", dependencies: ["Host"]),
        .target(name: "Audit", dependencies: ["ByteKit", "ELFKit", "DWARFKit", "S390xKit", "Records"]),
        // What reads consoles, without what boots guests.
        .target(name: "Guest", dependencies: ["Records"]),
        // What reads build files, without the rules and what walks folders.
        .target(
            name: "Lint", dependencies: ["ByteKit", "Host", "Records", system, .product(name: "Yams", package: "Yams")]),
        .target(
            name: "Host",
            dependencies: [
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Subprocess", package: "swift-subprocess"), system,
            ]),
        .target(
            name: "FuzzTargets",
            dependencies: ["ByteKit", "ELFKit", "DWARFKit", "S390xKit", "Audit", "Guest", "Records", "Lint"]),
        .executableTarget(
            name: "fuzz", dependencies: ["ByteKit", "CFuzzer", "FuzzTargets"],
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]),
    ]
)

for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .strictMemorySafety(),
        .treatAllWarnings(as: .error),
        .unsafeFlags(["-sanitize=fuzzer,address"]),
    ]
}
