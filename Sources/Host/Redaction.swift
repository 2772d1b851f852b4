// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// Text from outside without what may be a secret: every error and every recorded text goes through it.
package struct Redaction: Sendable {
    /// Stands in the place of what is left out.
    package static let mark = "[left-out]"

    /// What was left out, named without its value.
    package enum Found: Hashable, Sendable, CustomStringConvertible {
        /// `user:password@` of an address.
        case address
        /// The value of a word such as `password` or `pin-value`.
        case value(of: String)
        case privateKey

        package var description: String {
            switch self {
            case .address: "a user or password in an address"
            case .value(let name): "a value of \(name)"
            case .privateKey: "a private key"
            }
        }
    }

    /// Values that are left out wherever they stand, the longest first.
    private let values: [String]

    /// Knows the values of those variables whose names say that they are secret.
    package init(environment: [String: String] = [:]) {
        // Shorter ones stand in too many texts by chance.
        values = environment.filter { SecretName.isOne($0.key) && $0.value.utf8.count >= 6 }.values
            .sorted { $0.utf8.count > $1.utf8.count }
    }

    /// With the values of this process's variables.
    package static let ofProcess = Redaction(environment: ProcessInfo.processInfo.environment)

    package func text(_ text: String) -> String {
        var text = text
        for value in values { text = text.replacing(value, with: Self.mark) }
        return Self.scan(text).text
    }

    /// What in a text looks like a credential, in its order.
    package static func found(in text: String) -> [Found] { scan(text).found }

    /// Whether a name is one that secrets have: `API_TOKEN`, `pin-value`.
    package static func isSecret(name: String) -> Bool { SecretName.isOne(name) }

    private static func scan(_ text: String) -> (text: String, found: [Found]) {
        var scan = RedactionScan(text)
        scan.run()
        guard !scan.found.isEmpty else { return (text, []) }
        return (String(decoding: scan.output, as: UTF8.self), scan.found)
    }
}

extension Redaction {
    /// A program's name or path as messages say it: a command that begins with an assignment holds more.
    package static func program(_ executable: String) -> String {
        guard let equals = executable.firstIndex(of: "=") else { return executable }
        return executable[...equals] + mark
    }

    /// The same of a command for a shell, whose first word that is not an assignment is the program.
    package static func text(_ text: String, ofShellCommand command: String) -> String {
        let program = command.split(whereSeparator: \.isWhitespace).first { !$0.contains("=") }.map(String.init)
        let base = program?.split(separator: "/").last.map(String.init)
        return self.text(text, withoutWordsOf: [command], but: Set([program, base].compactMap(\.self)))
    }

    /// What a command printed, without the words that it was given; `kept` are those that may be shown, such as the program.
    package static func text(_ text: String, withoutWordsOf command: [String], but kept: Set<String> = []) -> String {
        var parts: Set<String> = []
        for word in command {
            var pieces = word.split { $0.isWhitespace || "'\"`;|&()<>".contains($0) }.map(String.init)
            pieces.append(word)
            for piece in pieces {
                // Of an option its name may be shown, not what follows it in the same word.
                if let equals = piece.firstIndex(of: "=") {
                    parts.insert(String(piece[piece.index(after: equals)...]))
                } else if !piece.hasPrefix("-") {
                    parts.insert(piece)
                }
                if piece.hasPrefix("-"), !piece.hasPrefix("--") { parts.insert(String(piece.dropFirst(2))) }
            }
        }
        let hidden = parts.subtracting(kept).filter { $0.utf8.count >= 4 }.sorted { $0.utf8.count > $1.utf8.count }
        return hidden.reduce(text) { $0.replacing($1, with: mark) }
    }
}

/// Words that name a secret.
enum SecretName {
    private static let parts = [
        "password", "passwd", "passphrase", "secret", "token", "credential", "pinvalue", "signpin", "apikey",
        "accesskey", "privatekey", "authorization",
    ]
    private static let whole: Set<String> = ["pin", "pw", "pwd"]
    /// Every shell's variables for the folder that it is in, and was in.
    private static let folders: Set<String> = ["PWD", "OLDPWD"]

    static func isOne(_ name: String) -> Bool {
        guard !folders.contains(name) else { return false }
        let words = name.lowercased().split { !$0.isLetter && !$0.isNumber }
        let joined = words.joined()
        return parts.contains(where: joined.contains) || words.last.map { whole.contains(String($0)) } ?? false
    }
}
