// SPDX-License-Identifier: Apache-2.0
import DecoderSupport
import Host
import KernelTree
import Records
import SystemPackage
import TestSupport
import Testing

@Suite struct ArtifactComparisonTests {
    /// A kernel or module of those sections.
    private static func elf(
        _ sections: [(name: String, contents: [UInt8])], type: ELFBuilder.FileType = .executable,
        symbol: (name: String, section: String)? = nil, trailer: [UInt8] = []
    ) -> [UInt8] {
        var builder = ELFBuilder(.s390, type)
        for (number, section) in zip(1..., sections) {
            let index = builder.section(
                section.name, section.contents, flags: ELFBuilder.allocate, address: UInt64(number) << 20)
            if symbol?.section == section.name {
                builder.symbol(
                    symbol?.name ?? "", at: type == .executable ? UInt64(number) << 20 : 0,
                    size: UInt64(section.contents.count), section: index, kind: 1)
            }
        }
        builder.trailer = trailer
        return builder.build()
    }

    private func facts(_ files: [String: [UInt8]], buildID: String? = nil) -> BuildFacts {
        BuildFacts(
            command: "make -j2", environment: [:], seconds: 1, steps: 1, warnings: [],
            artifacts: files.sorted { $0.key < $1.key }.map {
                Artifact(path: $0.key, size: $0.value.count, sha256: Digest(of: $0.value))
            }, release: "7.3.4", buildID: buildID)
    }

    private func compare(
        _ first: [String: [UInt8]], _ second: [String: [UInt8]], kept: [String: [UInt8]]? = nil,
        buildIDs: (String?, String?) = (nil, nil)
    ) async throws -> [String: RebuildReport.ComparedArtifact] {
        try await withTemporaryFolder { folder in
            for (name, files) in [("first", kept ?? first), ("second", second)] {
                for (path, bytes) in files {
                    let file = folder.appending(name).pushing(FilePath(path))
                    try Files.makeDirectory(file.removingLastComponent())
                    try AtomicFile.write(bytes, to: file)
                }
            }
            let artifacts = try ArtifactComparison(
                first: facts(first, buildID: buildIDs.0), second: facts(second, buildID: buildIDs.1),
                firstFolders: [
                    ForeignFolder(folder.appending("nowhere")), ForeignFolder(folder.appending("first")),
                ],
                secondFolder: ForeignFolder(folder.appending("second"))
            ).artifacts()
            return Dictionary(artifacts.map { ($0.path, $0) }) { one, _ in one }
        }
    }

    private func text(_ text: String) -> [UInt8] { Array("....\0\(text)\0....".utf8) }

    @Test func `equal files are equal, and nothing of them is read`() async throws {
        let kernel = Self.elf([(".text", [1, 2, 3])])
        let result = try await compare(["vmlinux": kernel], ["vmlinux": kernel], kept: [:])
        #expect(result["vmlinux"]?.isEqual == true && result["vmlinux"]?.sections.isEmpty == true)
        #expect(result["vmlinux"]?.undecided == nil)
    }

    @Test func `a file of one build alone differs`() async throws {
        let result = try await compare(["a.ko": [1]], ["b.ko": [2]])
        #expect(result["a.ko"]?.isEqual == false && result["a.ko"]?.second == nil)
        #expect(result["b.ko"]?.isEqual == false && result["b.ko"]?.first == nil)
    }

    @Test func `a first file that is gone or was changed leaves the sections unknown`() async throws {
        let kernels = [Self.elf([(".text", [1])]), Self.elf([(".text", [2])])]
        for kept in [[:], ["vmlinux": Self.elf([(".text", [3])])]] {
            let result = try await compare(["vmlinux": kernels[0]], ["vmlinux": kernels[1]], kept: kept)
            #expect(result["vmlinux"]?.isEqual == false && result["vmlinux"]?.undecided != nil)
            #expect(result["vmlinux"]?.sections.isEmpty == true)
        }
    }

    /// The section of the first pair that differs.
    private func cause(
        _ name: String, _ one: [UInt8], _ other: [UInt8], symbol: String? = nil,
        type: ELFBuilder.FileType = .executable
    ) async throws -> RebuildReport.Section? {
        let more: (name: String, contents: [UInt8]) = (".same", [7, 7])
        let symbol = symbol.map { ($0, name) }
        return try await compare(
            ["vmlinux": Self.elf([more, (name, one)], type: type, symbol: symbol)],
            ["vmlinux": Self.elf([more, (name, other)], type: type, symbol: symbol)])["vmlinux"]?.sections.first
    }

    @Test func `a section says where it differs, and why where its bytes tell`() async throws {
        let time = try await cause(
            ".rodata", text("#1 Sat Nov 28 12:42:10 UTC 2026"), text("#1 Sat Nov 28 12:59:10 UTC 2026"))
        #expect(time?.name == ".rodata" && time?.cause == .time && time?.difference == 22)
        #expect(time?.firstBytes.hasPrefix("343a3130") == false && time?.firstBytes.hasPrefix("34") == true)
        #expect(time?.secondBytes.hasPrefix("35") == true)
        let path = try await cause(".debug_line_str", text("/mnt/out/init"), text("/home/me/out/init"))
        #expect(path?.cause == .buildPath && path?.detail == "“/mnt/out/init” and “/home/me/out/init”")
        #expect(path?.firstSize != path?.secondSize)
        // What is the same on both sides explains nothing, and two files are not one in two places.
        for (one, other) in [
            ("Linux 6.12-rust 12:42:10", "Linux 6.12-gcc 12:42:10"), ("/usr/lib/core/src/fmt", "/mnt/src/arch/lib"),
            ("x RANDSTRUCT_12ab a", "x RANDSTRUCT_12ab b"),
        ] {
            let section = try await cause(".rodata", text(one), text(other))
            #expect(section?.cause == .unknown && section?.detail == "“\(one)” and “\(other)”")
        }
        let seed = try await cause(
            ".modinfo", text("vermagic=7.3.4 SMP RANDSTRUCT_12ab"), text("vermagic=7.3.4 SMP RANDSTRUCT_99ab"))
        #expect(seed?.cause == .randomSeed)
        #expect(
            try await cause(".comment", text("GCC: (Debian 14.2.0-19) 14.2.0"), text("GCC: (Debian 15.1.0-1) 15.1.0"))?
                .cause
                == .compiler)
        for type in [ELFBuilder.FileType.executable, .relocatable] {
            let entropy = try await cause(".data", [1, 2], [1, 3], symbol: "latent_entropy", type: type)
            #expect(entropy?.cause == .randomSeed && entropy?.symbol == "latent_entropy" && entropy?.difference == 1)
            let key = try await cause(".init.rodata", [1], [2], symbol: "system_certificate_list", type: type)
            #expect(key?.cause == .signature)
        }
        let code = try await cause(".text", [1, 2, 3], [1, 2, 4], symbol: "do_work")
        #expect(code?.cause == .unknown && code?.symbol == "do_work" && code?.difference == 2)
        #expect(code?.firstBytes == "03" && code?.secondBytes == "04")
    }

    /// `struct btf_header` (include/uapi/linux/btf.h) with two types and their names.
    private func btf(_ names: [String]) -> [UInt8] {
        let strings: [UInt8] = names.reduce([0]) { $0 + Array($1.utf8) + [0] }
        var writer = ELFBuilder(.s390).writer
        writer.u16(0xeb9f)
        writer.u16(1 << 8)
        for field in [24, 0, 4, 4, strings.count] { writer.u32(UInt32(field)) }
        writer.u32(names.first?.utf8.first.map(UInt32.init) ?? 0)
        return writer.bytes + strings
    }

    @Test func `the same types in another order are told from other types`() async throws {
        let order = try await cause(".BTF", btf(["page", "folio"]), btf(["folio", "page"]))
        #expect(order?.cause == .typeOrder)
        #expect(try await cause(".BTF", btf(["page", "folio"]), btf(["folio", "pagf"]))?.cause != .typeOrder)
        #expect(try await cause(".BTF", [1, 2], [1, 3])?.cause == .unknown)
    }

    @Test func `what is made of other sections follows from them, and not from nothing`() async throws {
        let notes: [UInt8] = Array(repeating: 1, count: 20)
        let others: [UInt8] = Array(repeating: 2, count: 20)
        let first = ["vmlinux": Self.elf([(".text", [1]), (".notes", notes)]), "System.map": [1]]
        let changed = ["vmlinux": Self.elf([(".text", [2]), (".notes", others)]), "System.map": [2]]
        let result = try await compare(first, changed, buildIDs: ("aa", "bb"))
        #expect(result["vmlinux"]?.sections.map(\.cause) == [.unknown, .follows])
        #expect(result["System.map"]?.sections.map(\.cause) == [.follows])
        let alone = ["vmlinux": Self.elf([(".text", [1]), (".notes", others)]), "System.map": [1]]
        #expect(
            try await compare(first, alone, buildIDs: ("aa", "bb"))["vmlinux"]?.sections.map(\.cause) == [.unknown])
        let map = try await compare(
            ["vmlinux": [1], "System.map": [1]], ["vmlinux": [1], "System.map": [2]])
        #expect(map["System.map"]?.sections.map(\.cause) == [.unknown])
    }

    @Test func `a module's signature and what no section has are named`() async throws {
        func signed(_ byte: UInt8) -> [UInt8] {
            [byte, byte] + [0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 2] + SampleKernel.signature
        }
        let sections: [(name: String, contents: [UInt8])] = [(".text", [1])]
        let result = try await compare(
            ["one.ko": Self.elf(sections, type: .relocatable, trailer: signed(1)), "two.ko": Self.elf(sections)],
            [
                "one.ko": Self.elf(sections, type: .relocatable, trailer: signed(2)),
                "two.ko": Self.elf(sections, trailer: [9]),
            ])
        #expect(result["one.ko"]?.sections.map(\.name) == ["module signature"])
        #expect(result["one.ko"]?.sections.first?.cause == .signature)
        #expect(result["two.ko"]?.sections.map(\.name) == ["outside of the sections"])
        #expect(result["two.ko"]?.sections.first?.cause == .unknown)
    }

    @Test func `the first difference is where cmp finds it`() async throws {
        var other = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let bytes = other
        other[200_123] ^= 1
        let result = try await compare(["Module.symvers": bytes], ["Module.symvers": other])
        let outcome = try await withTemporaryFolder { folder in
            try AtomicFile.write(bytes, to: folder.appending("a"))
            try AtomicFile.write(other, to: folder.appending("b"))
            return try await Command("cmp", [folder.appending("a").string, folder.appending("b").string]).capture()
        }
        #expect(outcome.output.contains("byte \((result["Module.symvers"]?.sections.first?.difference ?? 0) + 1),"))
    }
}
