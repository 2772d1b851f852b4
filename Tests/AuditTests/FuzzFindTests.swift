// SPDX-License-Identifier: Apache-2.0
import ByteKit
import FuzzTargets
import Testing

/// What fuzzing has found, and each target's own seeds: none traps, hangs or takes memory without bounds any more.
@Suite struct FuzzFindTests {
    private static let corpus = #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined() + "/Corpus/"

    private static func objects() throws -> [RealObject] {
        try ["mixed", "dwarf4.o"].map { try #require(RealObject(MappedFile.open(corpus + "Audit/" + $0))) }
    }

    @Test(
        "every input that once broke a decoder is read or refused",
        arguments: FuzzTarget.allCases)
    func finds(_ target: FuzzTarget) throws {
        let objects = try Self.objects()
        let folder = Self.corpus + "fuzz/" + target.rawValue
        for name in (try? Folder.entries(of: folder)) ?? [] {
            target.run(try MappedFile.open(folder + "/" + name.name), objects)
        }
    }

    @Test("every target reads what it begins with", arguments: FuzzTarget.allCases)
    func seeds(_ target: FuzzTarget) throws {
        let objects = try Self.objects()
        for name in [
            "Audit/mixed", "Audit/mixed.o", "Audit/dwarf4.o", "ELFKit/s390x.ko", "S390xKit/c-plain.text",
            "DWARFKit/gcc-s390x.btf", "DWARFKit/gcc-x86_64.btf",
        ] {
            for seed in target.seeds(try MappedFile.open(Self.corpus + name)) { target.run(seed, objects) }
        }
        let folder = Self.corpus + "../../Fuzz/Seeds/" + target.rawValue
        for name in (try? Folder.entries(of: folder)) ?? [] {
            target.run(try MappedFile.open(folder + "/" + name.name), objects)
        }
    }
}
