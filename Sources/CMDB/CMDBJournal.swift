// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import Host
package import Records
package import SystemPackage

/// What came of each operation of a plan, written down before and after it is sent: a kill at any moment leaves what is known.
///
/// A line is `NUMBER STATE [REASON]`; a last one that was not written to its end does not count.
package final class CMDBJournal {
    private let file: FileDescriptor
    private let path: FilePath
    package private(set) var states: [Int: (state: CMDBReport.State, reason: String?)] = [:]

    /// Bytes of a journal that is read.
    private static let largest = 64 << 20

    /// Of the plan with that digest, in a folder of journals. Throws `Failure` with codes `cmdb.journal`, `file.unwritable`,
    /// `disk.full`.
    package init(_ folder: FilePath, plan: Digest) throws {
        path = folder.appending("\(plan.hexadecimal).journal")
        try Files.makeDirectory(folder, permissions: Files.ownFolder)
        var isTorn = false
        if Files.exists(path) {
            guard Files.isRegularFile(path) else {
                throw Failure("cmdb.journal", "\(path) is not a file", advice: "remove it, and make a new plan")
            }
            let bytes = try Files.bytes(path, limit: Self.largest)
            isTorn = bytes.last.map { $0 != UInt8(ascii: "\n") } ?? false
            let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            // One that ends so a kill cut off, and the next run ended.
            for (number, line) in zip(1..., lines.dropLast()) where !line.isEmpty && !line.hasSuffix(Self.tear) {
                let parts = line.split(separator: " ", maxSplits: 2)
                guard parts.count >= 2, let operation = Int(parts[0]),
                    let state = CMDBReport.State(rawValue: String(parts[1]))
                else {
                    throw Failure(
                        "cmdb.journal", "\(path):\(number) is not a line of a journal",
                        advice: "remove the file, and make a new plan")
                }
                states[operation] = (state, parts.count == 3 ? String(parts[2]) : nil)
            }
        }
        do {
            file = try FileDescriptor.open(
                path, .writeOnly, options: [.append, .create, .noFollow, .closeOnExec], permissions: AtomicFile.own)
            if isTorn { try file.writeAll(Array((Self.tear + "\n").utf8)) }
        } catch let error as Errno {
            throw AtomicFile.failure(path, error)
        }
    }

    private static let tear = " (cut off)"

    deinit { try? file.close() }

    /// Writes the states of operations down, to the disk. Throws `Failure` with codes `file.unwritable`, `disk.full`.
    package func note(_ noted: [(number: Int, state: CMDBReport.State, reason: String?)]) throws {
        let text = noted.map { one in
            let reason = one.reason.map { " " + String($0.prefix(500)).replacing(#/\s+/#, with: " ") } ?? ""
            return "\(one.number) \(one.state.rawValue)\(reason)\n"
        }.joined()
        do {
            try file.writeAll(Array(text.utf8))
            guard fdatasync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
        } catch let error as Errno {
            throw AtomicFile.failure(path, error)
        }
        for one in noted { states[one.number] = (one.state, one.reason) }
    }
}
