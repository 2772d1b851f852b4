// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

/// What a tree, a build or a guest left is opened by `ForeignFolder` alone. This looks for other ways in the modules
/// that meet such files, and for each that is there says whose file it opens.
@Suite struct OneWayInTests {
    /// Calls that open, list or write what a path names, links and all.
    private static let ways = [
        "Files.text(", "Files.bytes(", "Files.names(", "Files.size(", "Digest(ofFile:", "readPieces(of:",
        "MappedFile.open(", "MappedFile.prefix(", "AtomicFile.write(", "LogFile(", "FileManager.default.",
        "FileHandle(",
        "FileDescriptor.open(", "Data(contentsOf", "String(contentsOf", "fopen(", "JSON.read(",
    ]

    /// By file: a part of each such line, and whose file it is.
    private static let ours: [String: [(call: String, whose: String)]] = [
        "Guest/GuestBoot.swift": [
            ("Files.size(kernel)", "an image that a person named, or that was checked"),
            ("Files.bytes(path)", "named by a person, or checked when the plan was made"),
        ],
        "Guest/RemoteMachine.swift": [("Digest(ofFile: file)", "a kernel that was checked, an archive of ours")],
        "Guest/InitramfsArchive.swift": [("AtomicFile.write(bytes()", "an archive of ours, in a folder of ours")],
        "Guest/GuestConsole.swift": [
            ("LogFile(path)", "a log of ours"), ("readPieces(of: log.path)", "a log of ours"),
        ],
        "Guest/GuestMachine.swift": [("\"/dev/kvm\"", "the host's")],
        "KernelTree/Build/BuildError.swift": [("readPieces(of: log)", "a log of ours")],
        "KernelTree/Build/BuildProgress.swift": [("LogFile(path)", "a log of ours")],
        "KernelTree/Build/LayoutProbe.swift": [("to: sources.appending", "a folder that is mounted read-only")],
        "KernelTree/Build/ModuleBuild.swift": [
            ("Files.names(in: folder).filter", "a module's sources that a person named"),
            ("Files.bytes(sources.appending(name))", "a module's sources that a person named"),
        ],
        "KernelTree/Build/NamedKernel.swift": [
            ("Files.size(file)", "an image that a person named, or that was checked"),
            ("Files.bytes(file, limit:", "an image that a person named, or that was checked"),
            ("MappedFile.open(file.string)", "an image that a person named, or that was checked"),
        ],
        "KernelTree/Configuration/KernelConfiguration.swift": [
            ("Files.bytes(file, limit:", "a configuration that a person named"),
            ("to: fragmentFolder.appending(name)", "a folder that is mounted read-only"),
        ],
        "KernelTree/Kconfig/DotConfig.swift": [("Files.bytes(file, limit:", "a configuration that a person named")],
        "Workflows/Campaign/CampaignPlan.swift": [
            ("Digest(ofFile: $0)", "a program or a patch that a person named"),
            ("Files.bytes(base", "a configuration that a person named"),
            ("Files.bytes($0", "a fragment or a patch that a person named"),
            ("isExecutableFile(atPath: program)", "a program that a person named"),
        ],
        "Workflows/Campaign/CampaignWork.swift": [
            ("AtomicFile.write(json:", "a record in the attempt's folder, which no build sees")
        ],
        "Workflows/Pilot/CompilerCache.swift": [
            ("ofItemAtPath: folder.string", "a cache's folder by its name, in a folder of ours"),
            ("Files.names(in: Self.folder(in: cache))", "a folder of ours"),
            ("attributesOfItem(atPath: path.string)", "a cache's folder by its name, in a folder of ours"),
        ],
        "Workflows/Pilot/Steps/BootStep.swift": [("Digest(ofFile: site.folder", "a log of ours")],
        "Workflows/Pilot/Steps/ConfigurationStep.swift": [
            ("Digest(ofFile: path)", "a configuration that a person named"),
            ("Files.text(path)", "a fragment that a person named"),
        ],
        "Workflows/Kernels/PilotKernels.swift": [("Files.names(in: pilots)", "the state folder")],
        "Workflows/Engine/StepFiles.swift": [
            ("to: sealFile(step.name)", "a seal in the run's folder"),
            ("to: file(step.name)", "a step in the run's folder"),
        ],
        "Workflows/Engine/StepRecorder.swift": [("Files.bytes(path, limit:", "a log or a patch of ours")],
        "Workflows/Pilot/Steps/MaterialsStep.swift": [
            ("Digest(ofFile: site.folder.kernel(kernel).materials)", "a list of ours"),
            ("AtomicFile.write(bytes, to: folder.materials)", "a list of ours"),
        ],
        "Workflows/Pilot/SelfTest.swift": [("Digest(ofFile: sources", "a module's sources that a person named")],
        "Workflows/Regression/BootReading.swift": [("readPieces(of: console)", "a log of ours")],
        "Workflows/Kernels/KernelUnderTest.swift": [
            ("Files.size(file)", "a module that a person named, or that was checked"),
            ("MappedFile.open(file.string)", "a module that a person named, or that was checked"),
        ],
        "Workflows/Regression/RegressionBoot.swift": [
            ("Digest(ofFile: site.console)", "a log of ours"),
            ("Digest(ofFile: file)", "checked when the plan was made"),
        ],
        "Workflows/Regression/RegressionRun.swift": [
            ("AtomicFile.write(", "a record in the campaign's folder")
        ],
        "Workflows/Drill/DrillDisk.swift": [
            ("FileDescriptor.open(", "a disk of ours: the guest writes what is in it, and not its name"),
            ("Files.bytes(busybox)", "checked when it was unpacked"),
            ("Files.bytes(module)", "checked when it was built"),
        ],
        "Workflows/Drill/DrillSession.swift": [("LogFile(folder", "a log of ours")],
        "Rollback/InitramfsFile.swift": [
            ("Files.size(file)", "named by a person"), ("Files.bytes(file)", "named by a person"),
        ],
        "Workflows/Rebuild/RecordedRun.swift": [
            ("Files.names(in: pilots)", "names of pilots' folders, which are ours")
        ],
        "Workflows/Drill/RollbackDrillRun.swift": [
            ("AtomicFile.write(json: drill", "a record in the drill's folder"),
            ("Digest(ofFile: plan.appending(\"SHA256SUMS\"))", "a plan of ours"),
        ],
        "Rollback/RollbackRequest.swift": [
            ("Files.text(\"/sys/firmware/ipl/secure\")", "the host's"),
            ("Files.bytes(named.file)", "an image that a person named, or that was checked; its digest is compared"),
            ("AtomicFile.write(", "a file of the plan"),
        ],
    ]

    /// Modules that open what builds, guests and trees left. Of KernelTree, `Glue` and `Source` have rules of their own.
    private static let folders = [
        "Guest", "KernelTree/Build", "KernelTree/Configuration", "KernelTree/Kconfig", "KernelTree/Status",
        "Rollback", "Toolchain", "Workflows",
    ]

    @Test func `nothing that a tree, a build or a guest left is opened past ForeignFolder`() throws {
        let sources = ForeignFolder(RealThings.repository.appending("Sources"))
        var seen = 0
        for folder in Self.folders {
            for file in sources.files(under: folder, where: { $0.hasSuffix(".swift") }) {
                for line in try sources.text(of: file, limit: ForeignFolder.Limit.list).split(separator: "\n") {
                    let text = line.trimmingCharacters(in: .whitespaces)
                    guard !text.hasPrefix("//"), Self.ways.contains(where: { Self.calls($0, text) }) else { continue }
                    seen += 1
                    let isKnown = (Self.ours[file] ?? []).contains { text.contains($0.call) }
                    #expect(
                        isKnown,
                        "\(file): \(text)\nread it through ForeignFolder, or say in this test whose file it is")
                }
            }
        }
        #expect(seen > 20)
    }

    @Test func `each exception that is named is still there`() throws {
        let sources = ForeignFolder(RealThings.repository.appending("Sources"))
        for (file, exceptions) in Self.ours {
            let text = try sources.text(of: file, limit: ForeignFolder.Limit.list)
            for exception in exceptions { #expect(text.contains(exception.call), "\(file): \(exception.call)") }
        }
    }

    @Test func `a way round is found, and the way in is none`() {
        #expect(Self.ways.contains { Self.calls($0, "let text = try Files.text(objects.appending(\".config\"))") })
        #expect(Self.ways.contains { Self.calls($0, "try readPieces(of: path) { _ in }") })
        #expect(!Self.ways.contains { Self.calls($0, "try folder.readPieces(of: name) { _ in }") })
        #expect(!Self.ways.contains { Self.calls($0, "MappedFile.open(descriptor: file.rawValue, name: name)") })
    }

    private static func calls(_ way: String, _ line: String) -> Bool {
        let innocent = ["\(way)descriptor:", ".\(way)"]
        var line = line
        for one in innocent { line = line.replacing(one, with: "") }
        return line.contains(way)
    }
}
