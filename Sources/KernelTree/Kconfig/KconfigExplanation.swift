// SPDX-License-Identifier: Apache-2.0
internal import Host

/// Why an option does not have the value that was asked for, traced to what a person can change.
package struct KconfigExplanation: Sendable, Hashable {
    /// One clause of a sentence, e.g. "`HAS_IOMEM && OF` does not hold: OF is not set".
    package let sentence: String
    /// The line that decides; nil where no Kconfig file declares the option.
    package let place: Kconfig.Place?
    /// The same for the symbols that the sentence names, nearest first.
    package var because: [KconfigExplanation] = []
    /// The symbols of the line that decides, in the order in which they stand.
    package var names: [String] = []

    /// The whole trace as one sentence.
    package var text: String {
        ([sentence] + because.map(\.text)).joined(separator: "; ")
    }
}

extension KconfigEvaluation {
    /// How far a trace goes, and how many causes are followed at each step.
    private static let deepest = 5
    private static let widest = 3

    /// Whether the option has the requested value, as conf reads and writes values (confdata.c).
    package func isInEffect(_ name: String, asked: String) -> Bool {
        let got = configuration[name] ?? "n"
        switch type(of: name) {
        // Only the first letter counts.
        case .bool, .tristate: return got == (Tristate(asked.prefix(1))?.text ?? asked)
        case .hex: return got == asked || got == "0x" + asked
        default: return got == asked
        }
    }

    /// Explains why `name` is not `asked`; nil where it is, or where the Kconfig files give no reason.
    ///
    /// `isQuoted` says whether the value was requested in quotes, where that is known.
    package func explanation(of name: String, asked: String, isQuoted: Bool? = nil) -> KconfigExplanation? {
        guard !isInEffect(name, asked: asked) else { return nil }
        let got = configuration[name] ?? "n"
        guard let declarations = kconfig.declarations[name], let first = declarations.first else {
            return KconfigExplanation(sentence: "no Kconfig file that s390 includes declares it", place: nil)
        }
        if declarations.contains(where: \.isTransitional) { return transition(of: name, asked, first) }
        let type = type(of: name)
        guard type == .bool || type == .tristate else {
            return valueExplanation(of: name, asked, got, isQuoted, declarations)
        }
        guard isQuoted != true, let wanted = Tristate(asked.prefix(1)) else {
            return KconfigExplanation(
                sentence: "it is a \(type?.rawValue ?? "bool") option, which can't be \(spelled(asked, isQuoted))",
                place: first.place)
        }
        if type == .bool, wanted == .module {
            return KconfigExplanation(sentence: "it is a bool option, which can't be m", place: first.place)
        }
        let has = Tristate(got) ?? .no
        if has > wanted { return surplus(of: name, has, above: wanted, declarations) }
        var visited: Set<String> = []
        return deficit(of: name, wanted, &visited, depth: 0)
            ?? KconfigExplanation(
                sentence: "its dependencies hold, yet the kernel's configuration tool did not set it",
                place: first.place)
    }

    private func valueExplanation(
        of name: String, _ asked: String, _ got: String, _ isQuoted: Bool?, _ declarations: [Kconfig.Declaration]
    ) -> KconfigExplanation? {
        var visited: Set<String> = []
        if let missing = deficit(of: name, .module, &visited, depth: 0) { return missing }
        let place = declarations.first?.place
        func because(_ sentence: String, _ place: Kconfig.Place?) -> KconfigExplanation {
            KconfigExplanation(sentence: sentence, place: place)
        }
        let type = type(of: name)
        switch type {
        case .string:
            if isQuoted == false { return because("it is a string option, whose value stands in quotes", place) }
        case .int, .hex:
            let kind = type?.rawValue ?? "int"
            if isQuoted != true, asked == "n" {
                return because("it is an \(kind) option, which always has a value", place)
            }
            guard isQuoted != true, Self.isNumber(asked, hexadecimal: type == .hex) else {
                return because("it is an \(kind) option, which can't be \(spelled(asked, isQuoted))", place)
            }
            if let (sentence, place) = outOfRange(asked, got, declarations) { return because(sentence, place) }
        default: return because("no Kconfig file gives it a type", place)
        }
        return because("the kernel's configuration tool did not take the value \(asked)", place)
    }

    private func spelled(_ asked: String, _ isQuoted: Bool?) -> String {
        isQuoted == true ? "\"\(asked)\" in quotes" : asked
    }

    /// As symbol.c takes numbers (sym_string_valid).
    private static func isNumber(_ text: String, hexadecimal: Bool) -> Bool {
        guard hexadecimal else {
            let digits = text.hasPrefix("-") ? text.utf8.dropFirst() : text.utf8[...]
            guard let first = digits.first, digits.allSatisfy({ $0.isDigit }) else { return false }
            return first != 0x30 || digits.count == 1
        }
        let digits = text.hasPrefix("0x") || text.hasPrefix("0X") ? text.utf8.dropFirst(2) : text.utf8[...]
        return !digits.isEmpty && digits.allSatisfy(\.isHexadecimalDigit)
    }

    /// Why the number was not taken, from the first `range` in force (symbol.c, sym_get_range_prop); nil where it fits.
    private func outOfRange(
        _ asked: String, _ got: String, _ declarations: [Kconfig.Declaration]
    ) -> (String, Kconfig.Place)? {
        for declaration in declarations {
            for bounds in declaration.bounds {
                let conditions = declaration.clauses.map(\.expression) + (bounds.condition.map { [$0] } ?? [])
                let values = conditions.map { value(of: $0) }
                if values.contains(.no) { continue }
                let at = "`\(bounds.text)` (\(bounds.place.text))"
                func number(_ text: String?) -> Int? {
                    guard let text else { return nil }
                    let isHex = declaration.type == .hex && !text.hasPrefix("0x")
                    return isHex ? Int(text, radix: 16) : Self.number(text)
                }
                guard !values.contains(nil), let lowest = number(string(of: bounds.lowest)),
                    let highest = number(string(of: bounds.highest))
                else {
                    return ("only the kernel's own tool can tell whether \(asked) is within its \(at)", bounds.place)
                }
                // A number that no machine word holds lies outside, too.
                if let asked = number(asked), (lowest...max(lowest, highest)).contains(asked) { return nil }
                let named = settings(of: [bounds.lowest, bounds.highest])
                let taken = got == "n" ? "" : ", so it is \(got)"
                return (
                    "\(asked) is outside its \(at)\(named.isEmpty ? "" : ": " + named.joined(separator: ", "))\(taken)",
                    bounds.place
                )
            }
        }
        return nil
    }

    /// Why the option is on although it was to be off (or y although it was to be m).
    private func surplus(
        of name: String, _ has: Tristate, above wanted: Tristate, _ declarations: [Kconfig.Declaration]
    ) -> KconfigExplanation {
        for grant in kconfig.grants[name] ?? [] where grant.kind == .select {
            let given = strength(of: grant) ?? tristate(of: grant.by)
            guard type(of: name) == .bool ? given > .no : given > wanted else { continue }
            let under = grant.condition.map { " if \($0.text)" } ?? ""
            return KconfigExplanation(
                sentence: "\(grant.by) selects it\(under) (\(grant.place.text))", place: grant.place, names: [grant.by])
        }
        let declaration = declarations[0]
        if wanted == .module, !allowsModules {
            let modules = kconfig.modulesOption
            let place = kconfig.declarations[modules]?.first?.place
            return KconfigExplanation(
                sentence:
                    "m needs \(modules)\(place.map { " (\($0.text))" } ?? ""), which is not set, so it is built in",
                place: place ?? declaration.place, names: [modules])
        }
        if let choice = declarations.lazy.compactMap(\.choice).first {
            return KconfigExplanation(
                sentence: "one option of the choice at \(choice.text) is always y, and no other one is chosen",
                place: choice, names: (kconfig.choices[choice] ?? []).filter { $0 != name })
        }
        if let hidden = hiddenPrompt(of: declarations) {
            let decided = activeDefault(of: declarations)
            let by = decided.map { ": its default at \($0.place.text) is \($0.value.text)" } ?? ""
            return KconfigExplanation(
                sentence: "\(hidden), so it can't be chosen\(by)", place: decided?.place ?? declaration.place)
        }
        return KconfigExplanation(
            sentence: "the kernel's configuration tool left it at \(has.text)", place: declaration.place)
    }

    /// The options that take over the value of a transitional one, and the lines that say so.
    func successors(of name: String) -> [(name: String, place: Kconfig.Place)] {
        var found: [(name: String, place: Kconfig.Place)] = []
        func names(_ entry: Kconfig.Default) -> Bool {
            entry.value.symbols.contains(name) || entry.condition?.symbols.contains(name) == true
        }
        for (successor, declarations) in kconfig.declarations {
            guard let entry = declarations.lazy.flatMap(\.defaults).first(where: names) else { continue }
            found.append((successor, entry.place))
        }
        for entry in kconfig.choiceDefaults.values.joined() where names(entry) {
            if case .operand(.symbol(let member)) = entry.value, member != name { found.append((member, entry.place)) }
        }
        return found.sorted { ($0.place.file, $0.place.line, $0.name) < ($1.place.file, $1.place.line, $1.name) }
    }

    /// The option that has the requested value of a transitional one; nil where none does.
    func successor(of name: String, carrying asked: String) -> (name: String, place: Kconfig.Place)? {
        guard kconfig.declarations[name]?.contains(where: \.isTransitional) == true else { return nil }
        return successors(of: name).first { isInEffect($0.name, asked: asked) }
    }

    private func transition(
        of name: String, _ asked: String, _ declaration: Kconfig.Declaration
    ) -> KconfigExplanation {
        let successors = successors(of: name)
        guard let heir = successor(of: name, carrying: asked) ?? successors.first else {
            return KconfigExplanation(
                sentence: "it is transitional, and no option takes its value", place: declaration.place)
        }
        let value = configuration[heir.name] ?? "n"
        // A tree in which transitional options take each other's values must not lead in circles.
        let isLast = kconfig.declarations[heir.name]?.contains(where: \.isTransitional) != true
        return KconfigExplanation(
            sentence: "it was renamed: \(heir.name) takes its value (\(heir.place.text)) and is \(value)",
            place: heir.place,
            because: isLast ? explanation(of: heir.name, asked: asked).map { [$0] } ?? [] : [],
            names: successors.map(\.name))
    }

    /// Why no prompt of the option is shown, or nil where one may be.
    private func hiddenPrompt(of declarations: [Kconfig.Declaration]) -> String? {
        let prompts = declarations.filter { $0.prompt != nil }
        if prompts.isEmpty { return "it has no prompt" }
        var reason: String?
        for declaration in prompts {
            let conditions =
                (declaration.promptCondition.map { [($0, declaration.place)] } ?? [])
                + declaration.visibility.map { ($0.expression, $0.place) }
            guard let hiding = conditions.first(where: { value(of: $0.0) == .no }) else { return nil }
            reason = reason ?? "its prompt is shown only if \(hiding.0.text) (\(hiding.1.text))"
        }
        return reason
    }

    private func activeDefault(of declarations: [Kconfig.Declaration]) -> Kconfig.Default? {
        declarations.lazy.flatMap(\.defaults).first { entry in
            entry.condition.map { value(of: $0) != .no } ?? true
        }
    }

    /// Why the option is below `wanted`.
    private func deficit(
        of name: String, _ wanted: Tristate, _ visited: inout Set<String>, depth: Int
    ) -> KconfigExplanation? {
        guard depth < Self.deepest, visited.insert(name).inserted else { return nil }
        guard let declarations = kconfig.declarations[name], let first = declarations.first else { return nil }
        // A bool option whose dependencies are m may still be y (symbol.c, sym_calc_visibility).
        let needed = type(of: name) == .tristate ? wanted : .module
        var lacking: KconfigExplanation?
        var isOpen = false
        var doubts: [(String, Kconfig.Place)] = []
        for declaration in declarations {
            let failing = declaration.clauses.first { value(of: $0.expression).map { $0 < needed } ?? false }
            if let failing {
                lacking = lacking ?? shortfall(of: name, failing, needed, &visited, depth)
                continue
            }
            isOpen = true
            // Of what is written as off the kernel's tool has decided that it can be on.
            for clause in declaration.clauses where configuration[name] == nil && value(of: clause.expression) == nil {
                doubts += unknowns(of: clause.expression, below: needed).map { ($0, clause.place) }
            }
        }
        if !isOpen, let lacking { return lacking }
        if let (macro, place) = doubts.first {
            return KconfigExplanation(
                sentence: "its dependency on \(macro), which the kernel's build decides by running a tool, is open",
                place: place)
        }
        if let choice = first.choice,
            let taken = kconfig.choices[choice]?.first(where: { $0 != name && tristate(of: $0) == .yes })
        {
            return KconfigExplanation(
                sentence: "\(taken) is chosen instead in the choice at \(choice.text)", place: choice, names: [taken])
        }
        if let hidden = hiddenPrompt(of: declarations) {
            return withoutPrompt(name, hidden, wanted, declarations, &visited, depth)
        }
        return nil
    }

    private func shortfall(
        of name: String, _ clause: Kconfig.Clause, _ needed: Tristate, _ visited: inout Set<String>, _ depth: Int
    ) -> KconfigExplanation {
        let parts = shortfalls(of: clause.expression, below: needed)
        let causes = parts.map { describe($0) }.joined(separator: ", ")
        let around = clause.kind == .enclosing ? "the block around it needs" : "it needs"
        let because = parts.prefix(Self.widest).compactMap { follow($0, needed, &visited, depth) }
        return KconfigExplanation(
            sentence: "\(around) `\(clause.expression.text)` (\(clause.place.text)): \(causes)",
            place: clause.place, because: because, names: parts.flatMap(\.symbols))
    }

    /// The reason behind one part that fails, where it is a symbol that should be on.
    private func follow(
        _ part: KconfigExpression, _ needed: Tristate, _ visited: inout Set<String>, _ depth: Int
    ) -> KconfigExplanation? {
        guard case .operand(.symbol(let name)) = part,
            let inner = deficit(of: name, needed, &visited, depth: depth + 1)
        else { return nil }
        return KconfigExplanation(
            sentence: "\(name): \(inner.sentence)", place: inner.place, because: inner.because, names: inner.names)
    }

    /// What one failing part finds in the configuration.
    private func describe(_ part: KconfigExpression) -> String {
        switch part {
        case .operand(.symbol(let name)):
            guard kconfig.declarations[name] != nil else {
                if name == "m", !allowsModules { return "\(kconfig.modulesOption) is not set" }
                return Tristate(name) != nil ? "it is always \(name)" : "\(name) is declared by no Kconfig file of s390"
            }
            let value = tristate(of: name)
            return value == .no ? "\(name) is not set" : "\(name) is only \(value.text)"
        case .operand(let operand): return "\(operand.text) is not y"
        case .not(let inner):
            if case .operand(.symbol(let name)) = inner { return "\(name) is \(tristate(of: name).text)" }
            return "`\(inner.text)` holds"
        case .compare(let left, _, let right):
            let sides = settings(of: [left, right])
            return sides.isEmpty ? "`\(part.text)` does not hold" : sides.joined(separator: " and ")
        case .or:
            let alternatives = Self.alternatives(part)
            let names = alternatives.compactMap { alternative in
                if case .operand(.symbol(let name)) = alternative { name } else { nil }
            }
            guard names.count == alternatives.count else {
                return alternatives.map { describe($0) }.joined(separator: " and ")
            }
            return "none of \(names.joined(separator: ", ")) is set"
        case .and: return "`\(part.text)` does not hold"
        }
    }

    /// What the options among operands are set to.
    private func settings(of operands: [KconfigOperand]) -> [String] {
        operands.compactMap { operand in
            guard case .symbol(let name) = operand, kconfig.declarations[name] != nil else { return nil }
            let value = string(of: operand) ?? ""
            return "\(name) is \(value.isEmpty ? "empty" : value)"
        }
    }

    private static func alternatives(_ part: KconfigExpression) -> [KconfigExpression] {
        if case .or(let left, let right) = part { return alternatives(left) + alternatives(right) }
        return [part]
    }

    /// Why an option that nobody can set by hand is off: its selectors and its defaults.
    private func withoutPrompt(
        _ name: String, _ hidden: String, _ wanted: Tristate, _ declarations: [Kconfig.Declaration],
        _ visited: inout Set<String>, _ depth: Int
    ) -> KconfigExplanation {
        let selects = (kconfig.grants[name] ?? []).filter { $0.kind == .select }
        let place = declarations[0].place
        // A selector that is on and whose condition fails says more than the many that are off.
        for grant in selects where tristate(of: grant.by) >= .module {
            guard let condition = grant.condition else { continue }
            let parts = shortfalls(of: condition, below: .module)
            guard !parts.isEmpty else { continue }
            return KconfigExplanation(
                sentence: "\(grant.by) selects it only if \(condition.text) (\(grant.place.text)), and "
                    + parts.map { describe($0) }.joined(separator: ", "),
                place: grant.place, names: parts.flatMap(\.symbols))
        }
        let defaults = declarations.flatMap(\.defaults)
        if let macro = defaults.lazy.compactMap({ entry -> (String, Kconfig.Place)? in
            guard case .operand(.macro(let text)) = entry.value else { return nil }
            return (text, entry.place)
        }).first {
            return KconfigExplanation(
                sentence: "\(hidden) and is \(macro.0), which is not y in this build's tools (\(macro.1.text))",
                place: macro.1)
        }
        if let decided = activeDefault(of: declarations) {
            let isSwitch = [.bool, .tristate].contains(type(of: name))
            let parts = isSwitch ? shortfalls(of: decided.value, below: wanted) : []
            let because = parts.prefix(Self.widest).compactMap { follow($0, wanted, &visited, depth) }
            let causes = parts.map { describe($0) }.joined(separator: ", ")
            return KconfigExplanation(
                sentence: "\(hidden), and its default is \(decided.value.text) (\(decided.place.text))"
                    + (causes.isEmpty ? "" : ": \(causes)"),
                place: decided.place, because: because, names: parts.flatMap(\.symbols))
        }
        let others = selects.map(\.by).filter { tristate(of: $0) == .no }
        if others.isEmpty {
            return KconfigExplanation(sentence: "\(hidden), and nothing on s390 selects it", place: place)
        }
        let named = others.prefix(Self.widest).joined(separator: ", ") + (others.count > Self.widest ? ", …" : "")
        return KconfigExplanation(
            sentence: "\(hidden), and what selects it is not set (\(named))", place: place, names: others)
    }
}

extension Kconfig {
    private static let mostSimilar = 3

    /// Declared options whose names are nearly this one: a word more or less, or one letter; the nearest first.
    func similarNames(to name: String) -> [String] {
        let words = Set(name.split(separator: "_"))
        let letters = Array(name.utf8)
        let found = declarations.keys.compactMap { other -> (distance: Int, name: String)? in
            let count = other.utf8.count
            if abs(count - letters.count) <= 1, Self.differsByOne(letters, Array(other.utf8)) { return (0, other) }
            let others = Set(other.split(separator: "_"))
            let different = words.symmetricDifference(others).count
            return different <= 1 && others.count > 1 && words.count > 1 ? (1 + different, other) : nil
        }
        return found.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(Self.mostSimilar).map(\.name)
    }

    /// Whether one letter put in, taken out or exchanged makes one of the other.
    private static func differsByOne(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        let start = zip(left, right).prefix { $0 == $1 }.count
        let (left, right) = (left.dropFirst(start), right.dropFirst(start))
        let end = zip(left.reversed(), right.reversed()).prefix { $0 == $1 }.count
        return max(left.count, right.count) - end == 1
    }

    /// The options that turn on KUnit tests as s390 sees them: those with a prompt whose name has both KUNIT and TEST in
    /// it or which are on by default with `KUNIT_ALL_TESTS`; sorted.
    package var testOptions: [String] {
        declarations.compactMap { name, declarations -> String? in
            guard name != "KUNIT_ALL_TESTS", declarations.contains(where: { $0.prompt != nil }),
                declarations.contains(where: { $0.type == .bool || $0.type == .tristate })
            else { return nil }
            let byDefault = declarations.contains {
                $0.defaults.contains { $0.value.symbols.contains("KUNIT_ALL_TESTS") }
            }
            return byDefault || (name.contains("KUNIT") && name.contains("TEST")) ? name : nil
        }.sorted()
    }

    /// The Rust samples that can be modules; sorted.
    package var rustSampleModules: [String] {
        declarations.compactMap { name, declarations -> String? in
            guard name.hasPrefix("SAMPLE_RUST_") else { return nil }
            return declarations.contains { $0.type == .tristate && $0.prompt != nil } ? name : nil
        }.sorted()
    }

    /// Where the tree's other Kconfig files, which s390 does not include, declare the symbols; the first place of each.
    package static func placesElsewhere(of symbols: Set<String>, in tree: KernelTree, besides read: Kconfig) -> [String:
        Place]
    {
        guard !symbols.isEmpty else { return [:] }
        let known = Set(read.files)
        var places: [String: Place] = [:]
        let files = tree.folder.files(atMost: 1_000_000) { $0.hasPrefix("Kconfig") }
        for file in files
        where !known.contains(file) && !file.hasPrefix("scripts/kconfig/tests/") && !file.hasPrefix("Documentation/") {
            for (name, line) in tree.optionsDeclared(in: file) where symbols.contains(name) && places[name] == nil {
                places[name] = Place(file: file, line: line)
            }
        }
        return places
    }
}

extension KernelTree {
    /// The options that a Kconfig file declares, each with its line.
    func optionsDeclared(in file: String) -> [(name: String, line: Int)] {
        IteratorSequence(StatementLines(bytes(file) ?? [])).compactMap { statement, line in
            let words = statement.split(whereSeparator: \.isBlank)
            guard words.count >= 2,
                words[0].elementsEqual("config".utf8) || words[0].elementsEqual("menuconfig".utf8)
            else { return nil }
            return (String(decoding: words[1], as: UTF8.self), line)
        }
    }
}
