// SPDX-License-Identifier: Apache-2.0
import ByteKit
import DWARFKit
import DecoderSupport
import Testing

/// Units that others import, as `dwz` makes them: they have no language of their own.
struct PartialUnitTests {
    private func partial(_ label: String, _ children: [DIE], language: UInt8? = nil) -> DIE {
        DIE(
            DW.partialUnit, label: label, language.map { [(DW.language, .data1($0))] } ?? [],
            children: children)
    }

    private func imports(_ label: String) -> DIE { DIE(DW.importedUnit, [(DW.imported, .refAddr(label))]) }

    /// Types of one unit with a size of their own each, so that they are told apart.
    private func record(_ name: String, _ size: UInt8) -> [DIE] {
        [Make.base("int", 4), Make.structure(name, size, [Make.member("a", at: 0, type: "int")])]
    }

    private func languages(_ types: Types) throws -> [String: [Language.Family]] {
        var found: [String: [Language.Family]] = [:]
        for record in types.scan.records {
            found[try types.file.sections.text(of: record.name) ?? "", default: []].append(record.language)
        }
        return found
    }

    @Test(arguments: [UInt16(3), 4, 5]) func aTypeHasTheLanguageOfTheUnitThatImportsIt(version: UInt16) throws {
        var builder = DWARFBuilder(version: version)
        builder.unit(partial("shared", record("s", 8)), type: 3)
        builder.unit(partial("outer", [imports("shared")] + record("o", 12)), type: 3)
        builder.unit(Make.unit([imports("outer")]))
        builder.unit(Make.unit(language: 0x1c, record("r", 16)))
        let types = try Types(builder.dwarf())
        #expect(try languages(types) == ["s": [.c], "o": [.c], "r": [.rust]])
        #expect(try types.layout("s").members.map(\.name) == ["a"])
        #expect(types.scan.missingImports == 0)
        #expect(types.scan.summaries.map(\.tag.rawValue) == [0x3c, 0x3c, 0x11, 0x11].map { UInt16($0) })
    }

    @Test func aUnitThatTwoLanguagesImportIsOneOfEach() throws {
        var builder = DWARFBuilder()
        builder.unit(partial("shared", record("s", 8)), type: 3)
        builder.unit(Make.unit([imports("shared")]))
        builder.unit(Make.unit(language: 0x1c, [imports("shared")]))
        #expect(try languages(Types(builder.dwarf()))["s"].map { Set($0) } == [.c, .rust])
    }

    @Test func aUnitThatNobodyImportsMayBeOfAnyLanguageOfTheFile() throws {
        var builder = DWARFBuilder()
        builder.unit(partial("shared", record("s", 8)), type: 3)
        builder.unit(Make.unit(record("t", 12)))
        #expect(try languages(Types(builder.dwarf())) == ["s": [.c], "t": [.c]])
    }

    @Test func itsOwnLanguageComesBeforeThatOfWhoImportsIt() throws {
        var builder = DWARFBuilder()
        builder.unit(partial("shared", record("s", 8), language: 0x1c), type: 3)
        builder.unit(Make.unit([imports("shared")]))
        #expect(try languages(Types(builder.dwarf())) == ["s": [.rust]])
    }

    @Test func unitsThatImportEachOtherEnd() throws {
        var builder = DWARFBuilder()
        builder.unit(partial("one", record("s", 8)), type: 3)
        builder.unit(partial("two", [imports("one"), imports("two")] + record("t", 12)), type: 3)
        builder.unit(Make.unit([imports("two"), imports("two")]))
        let types = try Types(builder.dwarf())
        #expect(try languages(types) == ["s": [.c], "t": [.c]])
        #expect(types.scan.records.map(\.count) == [1, 1])
    }

    @Test func typesOfTheAlternateFileAreFoundAndRead() throws {
        var shared = DWARFBuilder()
        shared.unit(partial("shared", record("s", 8)), type: 3)
        var builder = DWARFBuilder()
        builder.unit(Make.unit([DIE(DW.importedUnit, [(DW.imported, .gnuRefAlt(shared.offset(of: "shared")))])]))
        builder.unit(Make.unit(language: 0x1c, record("r", 16)))
        let types = try Types(builder.dwarf(alternate: shared.dwarf()))
        #expect(try languages(types) == ["s": [.c], "r": [.rust]])
        #expect(try types.layout("s").byteSize == 8)
        #expect(try types.layout("s").members.map(\.name) == ["a"])
        #expect(types.scan.missingImports == 0)
        // Without that file it is told that something is missing.
        let alone = try Types(builder.dwarf())
        #expect(try languages(alone) == ["r": [.rust]])
        #expect(alone.scan.missingImports == 1)
    }

    @Test func anImportThatLeadsNowhereIsCounted() throws {
        var builder = DWARFBuilder()
        builder.unit(
            Make.unit([DIE(DW.importedUnit, [(DW.imported, .raw(0x10, [0x7f, 0, 0, 0]))])] + record("t", 12)))
        let types = try Types(builder.dwarf())
        #expect(try languages(types) == ["t": [.c]])
        #expect(types.scan.missingImports == 1)
    }

    @Test func theResultIsTheSameWithAnyNumberOfWorkers() throws {
        var builder = DWARFBuilder()
        for number in 0..<200 { builder.unit(partial("u\(number)", record("s\(number)", UInt8(number + 4))), type: 3) }
        for number in 0..<100 {
            builder.unit(Make.unit(language: number % 2 == 0 ? 0x1d : 0x1c, [imports("u\(number)")]))
        }
        let one = try Types(builder.dwarf(), TypeScan.Options(workers: 1))
        let many = try Types(builder.dwarf(), TypeScan.Options(workers: 5))
        #expect(try one.names == many.names)
        #expect(one.scan.records.map(\.language) == many.scan.records.map(\.language))
    }

    @Test func aSkeletonNamesTheFileThatHasTheRest() throws {
        var builder = DWARFBuilder()
        builder.unit(DIE(DW.skeletonUnit, [(DW.splitName, .strp("a.dwo"))]), type: 4, signature: 7)
        let types = try Types(builder.dwarf())
        let summary = try #require(types.scan.summaries.first)
        #expect(try types.file.sections.text(of: summary.splitName) == "a.dwo")
    }
}
