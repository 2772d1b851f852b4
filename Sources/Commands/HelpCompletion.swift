// SPDX-License-Identifier: Apache-2.0

/// What shells offer after `bessemer help`: the parser's scripts offer nothing there.
enum HelpCompletion {
    /// Puts the commands into a completion script of the parser's; any other text comes back as it is.
    static func added(to script: String) -> String {
        var script = replaced(
            script, after: "\n_bessemer_help() {\n", "    __bessemer_offer_flags_options -1\n}",
            with: """
                    __bessemer_offer_flags_options -1
                    case "${COMP_WORDS[*]:2:COMP_CWORD-2}" in
                \(levels { "    '\($0)') COMPREPLY+=($(compgen -W '\($1)' -- \"${cur}\")) ;;\n" })    esac
                }
                """)
        script = replaced(
            script, after: "\n_bessemer_help() {\n", "'*:subcommands:'",
            with: "'*:command:{case \"${words[2,CURRENT-1]}\" in "
                + levels { "(\"\($0)\") compadd \($1) ;; " } + "esac}'")
        guard script.contains("function __bessemer_should_offer") else { return script }
        return script + "\n"
            + levels {
                "complete -c 'bessemer' -n 'test (string join \" \" -- (commandline -opc)) = "
                    + "\"bessemer help\($0.isEmpty ? "" : " \($0)")\"' -f -a '\($1)'\n"
            }
    }

    /// A line for the top and for each group of commands: the words before, and the names that may follow.
    private static func levels(_ line: (_ group: String, _ names: String) -> String) -> String {
        let groups = [[]] + CommandNames.all
        return groups.map { group in
            let names = CommandNames.all.filter { $0.count == group.count + 1 && $0.starts(with: group) }
                .compactMap(\.last)
            return names.isEmpty ? "" : line(group.joined(separator: " "), names.joined(separator: " "))
        }.joined()
    }

    /// Replaces the first occurrence after a mark.
    private static func replaced(_ text: String, after mark: String, _ old: String, with new: String) -> String {
        guard let start = text.firstRange(of: mark)?.upperBound,
            let found = text[start...].firstRange(of: old)
        else { return text }
        return text[..<found.lowerBound] + new + text[found.upperBound...]
    }
}
