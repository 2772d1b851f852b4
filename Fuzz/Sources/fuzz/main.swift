// SPDX-License-Identifier: Apache-2.0
import ByteKit
import CFuzzer
import Foundation
import FuzzTargets

// fuzz seeds FOLDER FILE…      writes what each target begins with, a folder each
// fuzz TARGET [libFuzzer's options] FOLDER…
//                              a target may be named by FUZZ_TARGET, too

let arguments = CommandLine.arguments
let corpus = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../Tests/Corpus/Audit").standardizedFileURL
let objects = ["mixed", "dwarf4.o"].compactMap { name in
    (try? MappedFile.open(corpus.appendingPathComponent(name).path)).flatMap(RealObject.init)
}

func fail(_ words: String) -> Never {
    FileHandle.standardError.write(Data((words + "\n").utf8))
    exit(2)
}

func writeSeeds(_ folder: String, _ files: ArraySlice<String>) throws {
    for target in FuzzTarget.allCases {
        let place = URL(fileURLWithPath: folder).appendingPathComponent(target.rawValue)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        var number = 0
        for file in files {
            for seed in target.seeds(try MappedFile.open(file)) where !seed.isEmpty {
                try Data(seed.array).write(to: place.appendingPathComponent("seed-\(number)"))
                number += 1
            }
        }
    }
}

nonisolated(unsafe) var target = FuzzTarget.elf

guard objects.count == 2 else { fail("the objects in \(corpus.path) can't be read") }
if arguments.count > 2, arguments[1] == "seeds" {
    try writeSeeds(arguments[2], arguments[3...])
    exit(0)
}
// libFuzzer starts this program again to minimise a find, without the first argument.
var options = arguments[1...]
if let first = options.first, FuzzTarget(rawValue: first) != nil {
    unsafe setenv("FUZZ_TARGET", first, 1)
    options = options.dropFirst()
}
guard let named = ProcessInfo.processInfo.environment["FUZZ_TARGET"].flatMap(FuzzTarget.init(rawValue:)) else {
    fail("targets: " + FuzzTarget.allCases.map(\.rawValue).joined(separator: " "))
}
unsafe target = named

var count = Int32(options.count + 1)
// libFuzzer keeps the pointers.
var words: [UnsafeMutablePointer<CChar>?] = unsafe ([arguments[0]] + options).map { unsafe strdup($0) } + [nil]
let result = unsafe words.withUnsafeMutableBufferPointer { buffer in
    var start = buffer.baseAddress
    return unsafe LLVMFuzzerRunDriver(&count, &start) { data, size in
        let input = unsafe Array(UnsafeBufferPointer(start: data, count: size))
        unsafe target.run(Bytes(input), objects)
        return 0
    }
}
exit(result)
