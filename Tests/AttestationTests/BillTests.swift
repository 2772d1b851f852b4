// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Records
import TestSupport
import Testing

@testable import Attestation

struct BillTests {
    private static func materials(gaps: [KernelMaterials.Gap] = []) throws -> KernelMaterials {
        func file(_ root: KernelMaterials.Root, _ path: String, _ license: String? = nil) -> KernelMaterials.File {
            KernelMaterials.File(
                root: root, path: path, size: 1, sha256: Digest(of: path), sha512: LongDigest(of: path.utf8),
                license: license)
        }
        let files = [
            file(.objects, ".config"), file(.objects, "a.ko"), file(.objects, "a.o"),
            file(.objects, "arch/s390/boot/bzImage"), file(.rustSource, "library/core/src/lib.rs"),
            file(.sandbox, "usr/lib/x.rlib"), file(.source, "a.c", "GPL-2.0-only OR MIT"),
            file(.source, "a.h", "GPL-2.0 WITH Linux-syscall-note"), file(.source, "odd.c", "GPL-2.0 (MIT"),
        ]
        func step(_ output: Int, _ inputs: [Int], _ command: String) -> KernelMaterials.Step {
            KernelMaterials.Step(
                output: output, alsoMakes: IndexList([]), inputs: IndexList(inputs), ran: IndexList([]),
                tools: IndexList([0]), command: command, evidence: .saved, holdsInputs: true)
        }
        let tool = KernelMaterials.Program(
            name: "gcc", path: "usr/bin/gcc", sha256: Digest(of: "gcc"), sha512: LongDigest(of: "gcc".utf8),
            version: "gcc 14", package: .init(name: "libstdc++6", version: "14.2.0-19", architecture: "amd64"))
        return KernelMaterials(
            files: files, tools: [tool],
            steps: [step(1, [2], "ld -o a.ko a.o"), step(2, [6, 7, 8], "gcc -c a.c"), step(3, [1, 5], "objcopy")],
            outputs: IndexList([1, 3]), buildSystem: IndexList([0]), gaps: gaps)
    }

    private static let creator = BillCreator(name: "Example Bank", contact: "linux@example.com")

    private func documents(
        _ materials: KernelMaterials, isProven: Bool = true
    ) throws -> [(name: String, json: CanonicalJSON)] {
        let run = SampleRecord.passed()
        return try SPDXDocuments.all(
            run: run, kernel: run.kernels.candidate, materials: materials, lock: SampleEvidence.lock,
            isProven: isProven, creator: Self.creator
        ).map { ($0.name, try CanonicalJSON(canonical: $0.bytes)) }
    }

    private func elements(_ document: CanonicalJSON) -> [CanonicalJSON] {
        guard case .array(let elements) = document["@graph"] else { return [] }
        return elements
    }

    private func list(_ value: CanonicalJSON?) -> [String] {
        guard case .array(let values) = value else { return [] }
        return values.compactMap(\.text)
    }

    @Test("each reference leads to an element of the document, or of the one that it is imported from")
    func references() throws {
        let documents = try documents(Self.materials())
        #expect(documents.map(\.name) == ["sbom-source.spdx.json", "sbom-build.spdx.json", "sbom-output.spdx.json"])
        var names: [String: Set<String>] = [:]
        for (name, json) in documents { names[name] = Set(elements(json).compactMap { $0["spdxId"]?.text }) }
        for (name, json) in documents {
            var known = names[name] ?? []
            let document = try #require(elements(json).first { $0["type"]?.text == "SpdxDocument" })
            if case .array(let imports) = document["import"] {
                for item in imports {
                    let external = try #require(item["externalSpdxId"]?.text)
                    #expect(names[item["locationHint"]?.text ?? ""]?.contains(external) == true)
                    known.insert(external)
                }
            }
            for element in elements(json) {
                var used = list(element["to"]) + list(element["element"]) + list(element["rootElement"])
                used +=
                    [element["from"], element["suppliedBy"]].compactMap { $0?.text } + list(element["originatedBy"])
                #expect(used.filter { !known.contains($0) } == [], "\(name): \(element["spdxId"]?.text ?? "")")
            }
        }
    }

    @Test("what a build reads, makes and uses is said of a build, with its scope and completeness")
    func relationships() throws {
        let documents = try documents(Self.materials())
        var types: [String: String] = [:]
        for (_, json) in documents {
            for element in elements(json) { types[element["spdxId"]?.text ?? ""] = element["type"]?.text }
        }
        var seen: Set<String> = []
        for element in documents.flatMap({ elements($0.json) }) {
            guard let kind = element["relationshipType"]?.text,
                ["hasInput", "hasOutput", "usesTool", "ancestorOf"].contains(kind)
            else { continue }
            seen.insert(kind)
            #expect(types[element["from"]?.text ?? ""] == "build_Build")
            #expect(element["scope"]?.text == "build")
            #expect(["complete", "incomplete"].contains(element["completeness"]?.text))
        }
        #expect(seen == ["hasInput", "hasOutput", "usesTool", "ancestorOf"])
    }

    @Test("the same run gives the same bytes")
    func deterministic() throws {
        let first = try documents(Self.materials()).map(\.json)
        #expect(try documents(Self.materials()).map(\.json) == first)
    }

    @Test("completeness of the headers is claimed only where nothing is unexplained, and a second build proved it")
    func completeness() throws {
        func headers(_ gaps: [KernelMaterials.Gap], isProven: Bool = true) throws -> String? {
            let build = try documents(Self.materials(gaps: gaps), isProven: isProven)[1].json
            return elements(build).first { $0["spdxId"]?.text?.hasSuffix("#headers") == true }?["completeness"]?.text
        }
        #expect(try headers([]) == "complete")
        #expect(try headers([], isProven: false) == "incomplete")
        #expect(try headers([.init(root: .objects, file: "a.o", reason: "nothing says how")]) == "incomplete")
    }

    @Test(
        "licence expressions are joined, and what is none is left out",
        arguments: [
            (["MIT"], "MIT"), (["MIT", "GPL-2.0-only OR MIT"], "(GPL-2.0-only OR MIT) AND MIT"),
            (
                ["(GPL-2.0 or MIT)", "GPL-2.0 with Linux-syscall-note"],
                "(GPL-2.0 OR MIT) AND GPL-2.0 WITH Linux-syscall-note"
            ),
            (["GPL-2.0 (MIT", "AND", "a\"b", ""], "NOASSERTION"),
        ])
    func licenses(_ texts: [String], _ expected: String) {
        #expect(LicenseExpressions.all(of: Set(texts)) == expected)
    }

    @Test("CycloneDX names the kernel, its modules and the packages of its tools, each reference once")
    func cycloneDX() throws {
        let run = SampleRecord.passed()
        let document = CycloneDXDocument(
            run: run, kernel: run.kernels.candidate, materials: try Self.materials(), lock: SampleEvidence.lock,
            creator: Self.creator)
        let json = try CanonicalJSON(canonical: document.bytes)
        #expect(json["specVersion"]?.text == "1.6")
        let text = String(decoding: document.bytes, as: UTF8.self)
        #expect(text.contains("pkg:deb/debian/libstdc%2B%2B6@14.2.0-19?arch=amd64"))
        guard case .array(let components) = json["components"] else {
            Issue.record("no components")
            return
        }
        let references = components.compactMap { $0["bom-ref"]?.text }
        #expect(references.contains("module:a.ko") && Set(references).count == references.count)
    }
}
