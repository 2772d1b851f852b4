// SPDX-License-Identifier: Apache-2.0
import ByteKit
import S390xKit
import Testing

/// One of the pieces of real machine code in Tests/Corpus/S390xKit, with its functions.
struct Fixture {
    let code: Bytes
    private(set) var functions: [String: (address: Int, size: Int)] = [:]

    init(_ name: String) throws {
        let folder = #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined() + "/Corpus/S390xKit/"
        code = try MappedFile.open(folder + name + ".text")
        for line in try MappedFile.open(folder + name + ".symbols").text.split(separator: "\n") {
            let fields = line.split(separator: " ")
            let address = try #require(Int(fields[0], radix: 16))
            functions[String(fields[3])] = (address, try #require(Int(fields[1], radix: 16)))
        }
    }

    func bytes(of name: String) throws -> Bytes {
        let function = try #require(functions[name])
        return try code.slice(function.address, count: function.size)
    }

    func facts(of name: String, _ reader: inout FrameReader) throws -> FrameFacts {
        let function = try #require(functions[name])
        return reader.read(DecodedCode(try bytes(of: name)), address: UInt64(function.address))
    }

    func facts(of name: String) throws -> FrameFacts {
        var reader = FrameReader()
        return try facts(of: name, &reader)
    }
}
