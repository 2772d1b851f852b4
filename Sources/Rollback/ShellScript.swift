// SPDX-License-Identifier: Apache-2.0
internal import Host

/// A shell script of the resources, on its way onto a machine.
package struct ShellScript {
    /// As it is written there.
    package private(set) var text: String

    package init(_ resource: [UInt8]) {
        text = String(decoding: resource, as: UTF8.self)
    }

    /// With another script, without the comment at its top, in the place of the line that reads it: `. ./NAME`.
    package func reading(_ name: String, _ resource: [UInt8]) -> ShellScript {
        let lines = String(decoding: resource, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        let body = lines.drop { $0.hasPrefix("#") || $0.isEmpty }.joined(separator: "\n")
        var script = self
        script.text = text.replacing("\n. ./\(name)\n", with: "\n\(body)")
        return script
    }

    /// With a value, quoted, in each assignment such as `device='@DEVICE@'`: the only way by which a value gets into a script.
    func setting(_ values: [String: String]) -> ShellScript {
        var script = self
        for (name, value) in values {
            script.text = script.text.replacing("='@\(name)@'\n", with: "=\(value.shellQuoted)\n")
        }
        return script
    }
}
