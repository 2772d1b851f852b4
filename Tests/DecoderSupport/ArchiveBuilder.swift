// SPDX-License-Identifier: Apache-2.0

/// Writes an `ar` archive with GNU's long names.
package struct ArchiveBuilder: Sendable {
    private let members: [(name: String, contents: [UInt8])]
    /// Whether names stand for files beside the archive, and their contents are left out.
    private let isThin: Bool

    package init(_ members: [(name: String, contents: [UInt8])], isThin: Bool = false) {
        self.members = members
        self.isThin = isThin
    }

    package func build() -> [UInt8] {
        var names: [UInt8] = []
        var fields: [String] = []
        for member in members {
            if member.name.utf8.count <= 15, !member.name.hasPrefix("/") {
                fields.append(member.name + "/")
            } else {
                fields.append("/\(names.count)")
                names += Array((member.name + "/\n").utf8)
            }
        }
        var bytes = Array((isThin ? "!<thin>\n" : "!<arch>\n").utf8)
        if !names.isEmpty { append("//", names, to: &bytes) }
        for (field, member) in zip(fields, members) { append(field, member.contents, to: &bytes) }
        return bytes
    }

    private func append(_ name: String, _ contents: [UInt8], to bytes: inout [UInt8]) {
        func field(_ text: String, _ width: Int) -> [UInt8] {
            Array(text.utf8) + [UInt8](repeating: 0x20, count: width - text.utf8.count)
        }
        bytes += field(name, 16) + field("0", 12) + field("0", 6) + field("0", 6) + field("644", 8)
        bytes += field("\(contents.count)", 10) + [0x60, 0x0a]
        if isThin, name != "//" { return }
        bytes += contents
        if contents.count % 2 == 1 { bytes.append(0x0a) }
    }
}
