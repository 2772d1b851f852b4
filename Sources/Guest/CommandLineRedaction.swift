// SPDX-License-Identifier: Apache-2.0
internal import Host

/// Takes a console's bytes and gives them back without the values of kernel parameters that may be secret, which a kernel
/// prints when it starts (init/main.c: “Kernel command line: …”, “Unknown kernel command line parameters "…"”).
struct CommandLineRedaction {
    private static let needle = Array("ernel command line".utf8)
    /// Bytes of such a line, at most; no kernel's is as long.
    private static let longest = 1 << 17
    /// The end of what came, where a line may have begun that holds the words.
    private var held: [UInt8] = []

    /// What of the console can be passed on.
    mutating func redacted(_ bytes: [UInt8]) -> [UInt8] {
        var whole = (held + bytes)[...]
        held = []
        var output: [UInt8] = []
        while let place = whole.firstRange(of: Self.needle) {
            guard let end = whole[place.upperBound...].firstIndex(of: 0x0a) else {
                guard whole.endIndex - place.upperBound < Self.longest else { return output + Self.line(whole) }
                held = Array(whole[place.lowerBound...])
                return output + whole[..<place.lowerBound]
            }
            output += Self.line(whole[..<end])
            whole = whole[end...]
        }
        let start = (1..<Self.needle.count).reversed().first { whole.suffix($0).elementsEqual(Self.needle.prefix($0)) }
        held = start.map { Array(whole.suffix($0)) } ?? []
        return output + whole.dropLast(held.count)
    }

    /// What is left at the end of the console.
    mutating func finish() -> [UInt8] {
        defer { held = [] }
        return Self.line(held[...])
    }

    /// A line, or the lines up to one that holds the words.
    private static func line(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        guard let place = bytes.firstRange(of: needle) else { return Array(bytes) }
        return bytes[..<place.upperBound] + rest(bytes[place.upperBound...])
    }

    /// Of what follows the words: `: a=b`, ` parameters "a=b", will be passed to user space.`
    private static func rest(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var line = bytes
        var end: [UInt8] = []
        // A line is broken with a backslash where it is long.
        while let last = line.last, [0x0d, 0x20, UInt8(ascii: "\\")].contains(last) {
            end.insert(last, at: 0)
            line.removeLast()
        }
        if line.first == UInt8(ascii: ":") {
            let parameters = line.dropFirst().drop { $0 == 0x20 }
            return line[..<parameters.startIndex] + redacted(parameters) + end
        }
        let quote = UInt8(ascii: "\"")
        guard let open = line.firstIndex(of: quote), let close = line.lastIndex(of: quote), open < close else {
            // Not a form that is known: nothing of it is passed on where it could have a value.
            return line.contains(UInt8(ascii: "=")) ? Array(" \(Redaction.mark)".utf8) + end : line + end
        }
        return line[...open] + redacted(line[(open + 1)..<close]) + line[close...] + end
    }

    private static func redacted(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        let line = String(decoding: bytes, as: UTF8.self)
        let shown = KernelParameters.redacted(line)
        // What has nothing to leave out stays as it came, byte by byte.
        return shown.contains(Redaction.mark) ? Array(shown.utf8) : Array(bytes)
    }
}
