// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Sandbox
import SystemPackage
import TestSupport
import Testing

@testable import Audit

/// Sizes and offsets of C types beside those that pahole prints.
struct LayoutsAgainstPaholeTests {
    /// Interfaces of the kernel that are rich in unions, bit-fields, packed records and records inside of records.
    private static let source = """
        #include <linux/kvm.h>
        #include <linux/bpf.h>
        #include <linux/perf_event.h>
        #include <linux/videodev2.h>
        #include <linux/ethtool.h>
        #include <linux/io_uring.h>
        #include <linux/btrfs.h>
        #include <linux/fuse.h>
        #include <linux/vfio.h>
        #include <linux/ip.h>
        #include <linux/tcp.h>
        #include <linux/netfilter/nf_tables.h>
        #include <sound/asound.h>
        #include <drm/i915_drm.h>
        #include <rdma/ib_user_verbs.h>
        struct constant { int z; const struct { int a; int b; } bits; const struct { long c; } many[2]; int d; } one;
        """

    @Test(
        "every record's size and members lie where pahole sees them, in big-endian and little-endian objects",
        .integration,
        arguments: [["s390x-linux-gnu-gcc", "-D__x86_64__"], ["gcc"]])
    func headers(_ compiler: [String]) async throws {
        try await Workbench.run { bench in
            try AtomicFile.write(Self.source, to: bench.folder.appending("all.c"))
            try await bench.command(
                compiler[0],
                compiler.dropFirst() + [
                    "-isystem", "/usr/include", "-isystem", "/usr/include/x86_64-linux-gnu", "-g",
                    "-fno-eliminate-unused-debug-types", "-c", "all.c", "-o", "all.o",
                ])
            let printed = try await bench.command("pahole", ["all.o"])
            let compared = try Self.compare(bench.folder.appending("all.o"), with: printed)
            #expect(compared.records > 800)
            #expect(compared.members > 5000)
        }
    }

    /// `make crosscheck FILE=vmlinux`
    @Test(
        "every record of the file named by BESSEMER_CROSSCHECK lies as pahole sees it", .integration,
        .enabled(if: ProcessInfo.processInfo.environment["BESSEMER_CROSSCHECK"] != nil))
    func namedFile() async throws {
        let file = FilePath(try #require(ProcessInfo.processInfo.environment["BESSEMER_CROSSCHECK"]))
        let sandbox = try await RealThings.sandbox()
        let name = try #require(file.lastComponent)
        // Of its own accord pahole would read the file's BTF, which another pahole made.
        let command = Command(
            "pahole", ["-F", "dwarf", "--lang_exclude=rust", "/mnt/file/\(name)"], workingDirectory: "/mnt")
        let printed = try await sandbox.command(command, mounts: [Mount(file.removingLastComponent(), at: "/mnt/file")])
            .output("test.pahole", doing: "running pahole", advice: "run it by hand")
        let compared = try Self.compare(file, with: printed)
        print("\(compared.records) records with \(compared.members) members compared with pahole's")
        #expect(compared.records > 0)
    }

    private static func compare(_ file: FilePath, with printed: String) throws -> (records: Int, members: Int) {
        let ours = try CTypes(path: file.string, jobs: 2).definitions()
        var members = 0
        let theirs = PaholeRecord.records(in: printed)
        for record in theirs {
            members += record.members.count
            let same = (ours[record.name] ?? []).contains { layout in
                layout.size == record.size ?? layout.size
                    && [record.members, record.membersWithHiddenNames].contains { members in
                        layout.leaves.count == members.count
                            && zip(layout.leaves, members).allSatisfy { leaf, member in
                                leaf.bitOffset == member.bitOffset && member.isNamed(leaf.path)
                            }
                    }
            }
            #expect(same, "\(record.name): \(record) and \(ours[record.name] ?? [])")
        }
        return (theirs.count, members)
    }
}

/// A record as pahole prints it, members of its nameless members in their place.
private struct PaholeRecord: Equatable {
    struct Member: Equatable {
        /// `a`, `b.c`, `d[].e`, as `RecordLayout.Leaf.path`; `?` for a name that pahole does not print.
        var name: String
        /// From the start of the record, or of the array's element.
        var bitOffset: UInt64

        /// Whether a path is the member's, as far as its name is printed.
        func isNamed(_ path: String) -> Bool {
            let (mine, other) = (name.split(separator: "."), path.split(separator: "."))
            return mine.count == other.count
                && zip(mine, other).allSatisfy { mine, other in
                    mine == other || mine == "?" && !other.hasSuffix("[]") || mine == "?[]" && other.hasSuffix("[]")
                }
        }
    }

    var name: String
    /// pahole tells none of a union.
    var size: UInt64?
    var members: [Member]
    /// The same where a nameless member of a `const` type without a name does have one: pahole 1.30 prints no name there.
    var membersWithHiddenNames: [Member]

    /// One member, with what is inside of it.
    private struct Node {
        var name: String?
        /// The record that a nameless member is of (-fms-extensions).
        var tag: String?
        var isArray = false
        var isPointer = false
        var isConstant = false
        var bitOffset: UInt64 = 0
        var inside: [Node] = []

        /// In the order of the source; `base` is what offsets count from.
        func members(_ prefix: String, _ base: Int64, _ records: [String: [Node]], hidden: Bool) -> [Member] {
            let place = Int64(bitOffset) - base
            guard let name = name ?? (hidden && isConstant && tag == nil ? "?" : nil) else {
                if let tag {
                    return records[tag, default: []].flatMap { $0.members(prefix, -place, records, hidden: hidden) }
                }
                return inside.flatMap { $0.members(prefix, base, records, hidden: hidden) }
            }
            let own = Member(name: prefix + name, bitOffset: UInt64(clamping: place))
            // A pointer's target is no part of the record.
            return [own]
                + (isPointer ? [] : inside).flatMap {
                    $0.members(
                        prefix + name + (isArray ? "[]." : "."), isArray ? Int64(bitOffset) : base, records,
                        hidden: hidden)
                }
        }
    }

    static func records(in text: String) -> [PaholeRecord] {
        var found: [(name: String, size: UInt64?, nodes: [Node])] = []
        var name = ""
        var size: UInt64?
        var open: [(nodes: [Node], isConstant: Bool)] = []
        for line in text.split(separator: "\n") {
            if !line.hasPrefix("\t"), line.hasSuffix("{") {
                name = line.dropLast(2).trimmingCharacters(in: .whitespaces)
                size = nil
                open = [([], false)]
            } else if !line.hasPrefix("\t"), line.hasPrefix("}") {
                if name.hasPrefix("typedef ") {
                    name = line.dropFirst().prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces)
                }
                if let nodes = open.last?.nodes { found.append((name, size, nodes)) }
                open = []
            } else if let at = line.firstRange(of: "/* size: ") {
                if open.count == 1 { size = UInt64(line[at.upperBound...].prefix(while: \.isNumber)) }
            } else if line.hasSuffix("{") {
                open.append(([], line.drop { $0 == "\t" }.hasPrefix("const ")))
            } else if !open.isEmpty, var node = node(line) {
                if line.drop(while: { $0 == "\t" }).hasPrefix("}") {
                    let inside = open.removeLast()
                    node.inside = inside.nodes
                    node.isConstant = inside.isConstant
                }
                if !open.isEmpty { open[open.count - 1].nodes.append(node) }
            }
        }
        let records = Dictionary(found.map { ($0.name, $0.nodes) }, uniquingKeysWith: { first, _ in first })
        return found.map { record in
            func members(hidden: Bool) -> [Member] {
                record.nodes.flatMap { $0.members("", 0, records, hidden: hidden) }
            }
            return PaholeRecord(
                name: record.name, size: record.size, members: members(hidden: false),
                membersWithHiddenNames: members(hidden: true))
        }
    }

    /// A line that ends in a place: `u8 a:3; /* 25: 0 1 */`.
    private static func node(_ line: Substring) -> Node? {
        guard let comment = line.lastRange(of: "/*") else { return nil }
        let numbers = line[comment.upperBound...].split { !$0.isNumber }.compactMap { UInt64($0) }
        guard let offset = numbers.first, line[..<comment.lowerBound].contains(where: { $0 == ";" }) else { return nil }
        var node = Node()
        let isBitField = line[comment.upperBound...].contains(":")
        node.bitOffset = offset * 8 + (isBitField && numbers.count > 1 ? numbers[1] : 0)
        var text = line[..<comment.lowerBound].replacing(#/__attribute__\(\(\w+(\(\d+\))?\)\)/#, with: "")[...]
        text = text.drop { $0 == "\t" || $0 == "}" }
        if let pointer = text.firstRange(of: "(*") {
            text = text[pointer.upperBound...].prefix { $0 != ")" }
        }
        node.isArray = text.contains("[")
        node.isPointer = text.contains("*")
        let words = text.prefix { $0 != "[" && $0 != ";" && $0 != ":" }.split { $0 == " " || $0 == "*" || $0 == "\t" }
        if words.count == 2, words[0] == "struct" || words[0] == "union" {
            node.tag = words.joined(separator: " ")
        } else {
            node.name = words.last.map { String($0) }
        }
        return node
    }
}

extension Substring {
    /// The last place of a text in this one.
    fileprivate func lastRange(of text: String) -> Range<Index>? {
        var start = endIndex
        while start >= startIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            if start == startIndex { return nil }
            start = index(before: start)
        }
        return nil
    }
}
