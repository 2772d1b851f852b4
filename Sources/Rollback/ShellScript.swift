// SPDX-License-Identifier: Apache-2.0
internal import Host

/// A shell script of the resources, on its way onto a machine.
package struct ShellScript {
    /// As it is written there.
    package let text: String

    package init(_ resource: [UInt8]) {
        text = String(decoding: resource, as: UTF8.self)
    }

    /// With another script, without the comment at its top, in the place of the line that reads it: `. ./NAME`.
    package init(_ resource: [UInt8], reading name: String, _ other: [UInt8]) {
        let lines = String(decoding: other, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        let body = lines.drop { $0.hasPrefix("#") || $0.isEmpty }.joined(separator: "\n")
        text = ShellScript(resource).text.replacing("\n. ./\(name)\n", with: "\n\(body)")
    }

    /// The text with a value, quoted, in each assignment such as `device='@DEVICE@'`: the only way by which a value gets into a script.
    func text(setting values: [String: String]) -> String {
        values.reduce(text) { $0.replacing("='@\($1.key)@'\n", with: "=\($1.value.shellQuoted)\n") }
    }
}
