// SPDX-License-Identifier: Apache-2.0

/// A program about to be started: its words, what its environment holds, and whether it is run by another one.
struct ShellProcess {
    var words: ArraySlice<ScriptWord>
    var environment: [String: ScriptWord]
    let line: Int
    var image: ScriptWord?

    /// How a program that runs another one takes its own arguments.
    private struct Wrapper {
        /// Options whose value is the next word.
        var valued: Set<String> = []
        /// Words of its own before the command.
        var operands = 0
        /// What it does with the environment.
        var clears = false
    }

    private static let wrappers: [String: Wrapper] = [
        "sudo": Wrapper(valued: ["-u", "-g", "-C", "-D", "-h", "-p", "-r", "-t", "-U", "-R", "-T"], clears: true),
        "doas": Wrapper(valued: ["-u", "-C"], clears: true),
        "env": Wrapper(valued: ["-u", "-C", "--unset", "--chdir"]),
        "nice": Wrapper(valued: ["-n"]),
        "ionice": Wrapper(valued: ["-c", "-n", "-p"]),
        "chrt": Wrapper(operands: 1),
        "taskset": Wrapper(operands: 1),
        "timeout": Wrapper(valued: ["-k", "-s"], operands: 1),
        "chroot": Wrapper(operands: 1),
        "stdbuf": Wrapper(valued: ["-i", "-o", "-e"]),
        "strace": Wrapper(valued: ["-e", "-o", "-p", "-s", "-u", "-E"]),
        "unshare": Wrapper(valued: ["-R", "-w", "-S", "-G"]),
        "setarch": Wrapper(operands: 1),
        "systemd-run": Wrapper(
            valued: ["-p", "-u", "-M", "-H", "--uid", "--gid", "--unit", "--property"], clears: true),
        "exec": Wrapper(valued: ["-a"]),
        "time": Wrapper(valued: ["-f", "-o"]),
        "command": Wrapper(), "builtin": Wrapper(), "nohup": Wrapper(), "setsid": Wrapper(), "fakeroot": Wrapper(),
        "ccache": Wrapper(), "sccache": Wrapper(), "linux32": Wrapper(), "linux64": Wrapper(), "unbuffer": Wrapper(),
        "catchsegv": Wrapper(), "eatmydata": Wrapper(),
    ]

    /// Takes off the programs that only run the one behind them.
    mutating func unwrap() {
        while let name = words.first.map({ ScriptCommand.baseName($0.text) }) {
            if name == "docker" || name == "podman", container() { continue }
            guard let wrapper = Self.wrappers[name] else { return }
            words.removeFirst()
            var kept = environment
            if wrapper.clears { environment = [:] }
            while let option = words.first, option.text.hasPrefix("-"), option.text.count > 1 || name == "env" {
                words.removeFirst()
                let text = option.text == "-" ? "-i" : option.text
                if text == "--" { break }
                // What sudo keeps, and what env takes away.
                if name == "sudo", text == "-E" || text == "--preserve-env" { environment = kept }
                if name == "sudo", text.hasPrefix("--preserve-env=") {
                    for variable in text.dropFirst(15).split(separator: ",").map(String.init) {
                        environment[variable] = kept[variable]
                    }
                }
                if name == "command", text.contains("v") || text.contains("V") {
                    // It tells what it would run.
                    words = []
                    return
                }
                if name == "env", let spelled = ["--unset=", "-u"].first(where: text.hasPrefix) {
                    environment[String(text.dropFirst(spelled.count))] = nil
                }
                if name == "env", text == "-i" || text == "--ignore-environment" {
                    environment = [:]
                    kept = [:]
                }
                if name == "env", text == "-S" || text == "--split-string" {
                    let value = words.popFirst()
                    words = (value.map(KernelFlags.words) ?? [])[...] + words
                    break
                }
                if wrapper.valued.contains(text) {
                    let value = words.popFirst()
                    if name == "env", text == "-u" || text == "--unset", let value { environment[value.text] = nil }
                }
            }
            words = words.dropFirst(wrapper.operands)
            guard name == "sudo" || name == "env" || name == "doas" else { continue }
            while let (name, value) = words.first?.assignment {
                environment[name] = value
                words = words.dropFirst()
            }
        }
    }

    /// The command that `docker run` and `docker exec` start; whether this is one of them.
    private mutating func container() -> Bool {
        var rest = words.dropFirst()
        if rest.first?.text == "container" { rest = rest.dropFirst() }
        guard let verb = rest.popFirst()?.text, verb == "run" || verb == "exec" else { return false }
        var inner: [String: ScriptWord] = [:]
        var entry: ScriptWord?
        let plain: Set<String> = [
            "--rm", "--privileged", "--init", "--read-only", "--tty", "--interactive", "--detach", "--no-healthcheck",
            "--oom-kill-disable", "--sig-proxy", "--publish-all", "--quiet",
        ]
        while let option = rest.first, option.text.hasPrefix("-"), option.text.count > 1 {
            rest = rest.dropFirst()
            let text = option.text
            let isLong = text.hasPrefix("--")
            if plain.contains(text) || !isLong && text.dropFirst().allSatisfy({ "itdPq".contains($0) }) { continue }
            let own = isLong ? text.prefix { $0 != "=" }.count + 1 : 2
            let value = text.count >= own + (isLong ? 0 : 1) ? option.dropFirst(own) : rest.popFirst()
            if text.hasPrefix("--entrypoint") { entry = value }
            guard text.hasPrefix("-e") || text == "--env" || text.hasPrefix("--env="), let value else { continue }
            let (name, given) = value.assignment ?? (value.text, environment[value.text])
            inner[name] = given
        }
        let image = rest.popFirst()
        if verb == "run" { self.image = image }
        words = (entry.map { [$0] } ?? []) + rest
        environment = inner
        return true
    }
}

extension ShellRun {
    /// Starts a program: a script in a shell of its own is followed, all else is noted.
    mutating func execute(_ given: ShellProcess, _ standardInput: ScriptText?, _ targets: [String] = []) {
        var process = given
        process.unwrap()
        if let image = process.image { statements.append(.image(image)) }
        guard let program = process.words.first, statements.count < Self.mostStatements else { return }
        let name = ScriptCommand.baseName(program.text)
        let arguments = process.words.dropFirst()
        if name == "xargs" { return distribute(process, standardInput) }
        if name == "find" { find(process) }
        if Shell.isInterpreter(name) {
            interpret(arguments, process.environment, standardInput)
            // The words of a script that is a file are arguments, too.
        } else if name == "ssh" || name == "su" || name == "runuser" || name == "flock" || name == "script" {
            remote(name, arguments, process, standardInput)
            return
        } else if name == "tee" || name == "cat" {
            // Behind a wrapper: `sudo tee`.
            put(standardInput, targets, also: name == "tee" ? arguments.map(\.text).filter { !$0.hasPrefix("-") } : [])
        } else if given.words.first?.text == "exec" {
            state.isOver = true
        } else {
            if program.text.contains("/") { start(program, Array(arguments), process.environment) }
            put(nil, targets)
        }
        let command = ScriptCommand(words: Array(process.words), environment: process.environment, line: given.line)
        reportUnread(before: command)
        statements.append(.command(command))
        if MakeCommand.names.contains(name), let standardInput, MakeCommand.readsStandardInput(command) {
            var reader = MakefileReader(standardInput, environment: process.environment)
            statements += reader.units().flatMap(\.statements)
            problems += reader.problems
        }
    }

    /// A script of the tree, in a shell of its own.
    private mutating func start(
        _ word: ScriptWord, _ arguments: [ScriptWord], _ environment: [String: ScriptWord], isShell: Bool = false
    ) {
        guard let files, depth + including.count < Self.deepest, let name = try? found(word), name != self.name,
            let source = try? files.source(name), isShell || source.bytes.starts(with: "#!".utf8)
        else { return }
        nested(ScriptText(source), environment, arguments, name: name)
    }

    /// `xargs`: what it reads are more words of its command.
    private mutating func distribute(_ given: ShellProcess, _ standardInput: ScriptText?) {
        var words = given.words.dropFirst()
        var mark: String?
        var isOneByOne = false
        var isByLine = false
        var isPlain = true
        while let option = words.first?.text, option.hasPrefix("-"), option.count > 1 {
            words = words.dropFirst()
            if option == "--" { break }
            func value() -> String? { option.count > 2 ? String(option.dropFirst(2)) : words.popFirst()?.text }
            switch option.dropFirst().first {
            case "I": mark = value()
            case "i": mark = option.count > 2 ? String(option.dropFirst(2)) : "{}"
            case "n", "L": isOneByOne = value() == "1"
            case "d": isByLine = ["\\n", "\n"].contains(value())
            case "P", "s", "E": _ = value()
            case "a":
                _ = value()
                isPlain = false
            case "0": isPlain = false
            default: if option == "--null" || option.hasPrefix("--arg-file") { isPlain = false }
            }
        }
        var process = given
        func run(_ words: ArraySlice<ScriptWord>) {
            process.words = words
            execute(process, nil)
        }
        guard isPlain, let standardInput, !standardInput.holdsUnknown else {
            let unknown = ScriptWord(ScriptWord.unknown, line: given.line)
            // Any number of words.
            return run(mark.map { Self.replacing($0, by: unknown, in: words) } ?? words + [unknown])
        }
        let items = standardInput.lines.flatMap { range -> [ScriptWord] in
            let line = ScriptWord(parts: standardInput[range].parts, line: given.line)
            if range.isEmpty { return [] }
            return mark != nil || isByLine ? [line] : KernelFlags.words(line)
        }
        if let mark {
            for item in items.prefix(64) { run(Self.replacing(mark, by: item, in: words)) }
        } else if isOneByOne {
            for item in items.prefix(64) { run(words + [item]) }
        } else {
            run(words + items.prefix(Self.mostElements))
        }
    }

    private static func replacing(_ mark: String, by item: ScriptWord, in words: ArraySlice<ScriptWord>)
        -> ArraySlice<ScriptWord>
    {
        guard !mark.isEmpty else { return words }
        return words.map { word in
            guard word.text.contains(mark) else { return word }
            return ScriptWord(word.text.replacing(mark, with: item.text), line: word.line)
        }[...]
    }

    /// `find … -exec COMMAND {} ;`.
    private mutating func find(_ given: ShellProcess) {
        var rest = given.words.dropFirst()
        var count = 0
        while let word = rest.popFirst(), count < 64 {
            guard ["-exec", "-execdir", "-ok", "-okdir"].contains(word.text) else { continue }
            count += 1
            var process = given
            let command = rest.prefix { $0.text != ";" && $0.text != "+" }
            rest = rest.dropFirst(command.count)
            let unknown = ScriptWord(ScriptWord.unknownWord, line: given.line)
            process.words = Self.replacing("{}", by: unknown, in: command)
            execute(process, nil)
        }
    }

    /// A shell's own arguments (POSIX.1-2024, sh).
    private mutating func interpret(
        _ given: ArraySlice<ScriptWord>, _ environment: [String: ScriptWord], _ standardInput: ScriptText?
    ) {
        var arguments = given
        var readsInput = false
        while let word = arguments.first, word.text.hasPrefix("-") || word.text.hasPrefix("+"), word.text.count > 1 {
            arguments = arguments.dropFirst()
            let text = word.text
            if text == "--" { break }
            if ["--rcfile", "--init-file", "-O", "+O"].contains(text) {
                arguments = arguments.dropFirst()
            } else if !text.hasPrefix("--"), text.hasPrefix("-"), text.contains("c") {
                if text.hasSuffix("o") { arguments = arguments.dropFirst() }
                while let option = arguments.first, option.text.hasPrefix("-") {
                    arguments = arguments.dropFirst(option.text.hasSuffix("o") ? 2 : 1)
                }
                guard let script = arguments.popFirst() else { return }
                // The first word behind it is `$0`.
                let text = ScriptText(script.parts)
                return nested(text, environment, Array(arguments.dropFirst()), zero: arguments.first)
            } else if !text.hasPrefix("--"), text.hasSuffix("o") {
                arguments = arguments.dropFirst()
            }
            if !text.hasPrefix("--"), text.contains("s") { readsInput = true }
        }
        if let script = arguments.first, !readsInput {
            let positionals = Array(arguments.dropFirst())
            if script.text == "/dev/stdin" || script.text == "-", let standardInput {
                nested(standardInput, environment, positionals)
            } else if script.text == String(ScriptWord.unknownWord), let process {
                nested(process, environment, positionals)
            } else {
                start(script, positionals, environment, isShell: true)
            }
        } else if let standardInput {
            nested(standardInput, environment, Array(arguments))
        }
    }

    /// Programs that hand a script to a shell: on another machine, as another user, under a lock.
    private mutating func remote(
        _ name: String, _ given: ArraySlice<ScriptWord>, _ process: ShellProcess, _ standardInput: ScriptText?
    ) {
        var arguments = given
        let valued: Set<String> =
            name == "ssh"
            ? [
                "-b", "-c", "-D", "-E", "-e", "-F", "-I", "-i", "-J", "-L", "-l", "-m", "-O", "-o", "-p", "-Q", "-R",
                "-S", "-W", "-w",
            ] : ["-g", "-G", "-s", "--shell", "-w", "-E", "-u"]
        var environment = name == "ssh" ? [:] : process.environment
        var isOperandSeen = false
        while let word = arguments.first {
            let text = word.text
            if name != "ssh", text == "-c" || text == "--command" {
                arguments = arguments.dropFirst()
                if let script = arguments.first { nested(ScriptText(script.parts), environment, nil) }
                return
            }
            if text == "-" || text == "-l" && name != "ssh" || text == "--login" {
                environment = [:]
                arguments = arguments.dropFirst()
            } else if text.hasPrefix("-") {
                arguments = arguments.dropFirst(valued.contains(text) ? 2 : 1)
                if text == "--" { break }
            } else if !isOperandSeen {
                // The machine, the user, the lock.
                isOperandSeen = true
                arguments = arguments.dropFirst()
                if name == "ssh" { break }
            } else {
                break
            }
        }
        if name == "flock" || name == "runuser", !arguments.isEmpty {
            execute(ShellProcess(words: arguments, environment: environment, line: process.line), standardInput)
        } else if name == "ssh", !arguments.isEmpty {
            input = standardInput
            nested(ScriptText(joining: arguments), environment, nil)
            input = nil
        } else if let standardInput {
            nested(standardInput, environment, nil)
        }
    }
}
