// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import SystemPackage

extension Context {
    /// Writes a file that people change, where there is none of that name. Throws `Failure` with code `FAMILY.exists`.
    func writeNew(_ text: String, to output: String, _ family: String, saying words: [String]) throws {
        let file = path(output)
        guard Files.status(file, followingLinks: false) == nil else {
            throw Failure(
                "\(family).exists", "\(file) is there already", advice: "name another file with --output, or remove it")
        }
        try AtomicFile.write(text, to: file)
        say("\(file): \(words.joined(separator: ", "))")
    }
}
