// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// Reads KTAP (Documentation/dev-tools/ktap.rst) from a console on which other messages stand between its lines, and
/// from which lines can be missing.
///
/// Works line by line with a stack of open documents, one a level of indentation. A result whose line was lost or
/// garbled, or that its own children contradict, becomes `.unknown`; memory stays bounded by `Limits`.
struct KTAPParser: Sendable {
    struct Limits: Sendable {
        /// Open documents; what is nested deeper counts as text.
        var depth = 32
        /// Results kept in all.
        var results = 200_000
        /// Diagnostic lines kept for one result.
        var diagnosticLines = 200
        /// Bytes of diagnostic lines kept in all.
        var diagnosticBytes = 16 << 20
        /// Single entries made for results that never came; more become one entry.
        var missing = 1000
        /// Documents in comments of documents in comments.
        var commentDepth = 4
    }

    /// One line as the parser takes it.
    struct Line {
        let number: Int
        /// Without blanks at its end.
        let bytes: ArraySlice<UInt8>
        /// How many prefixes, printk's and one of what stands between, stood before it: its beginning is not lost.
        var prefixes = 0
        /// It holds two messages, or its end is lost.
        var isGarbled = false
        /// The console ended before its line feed, and nothing else is wrong with it.
        var isLast = false
        /// It is of the same printk record as the line before it.
        var isContinuation = false
    }

    private struct Document {
        let indent: Int
        /// How many prefixes its lines have.
        let prefixes: Int
        var name: String?
        var plan: Int?
        /// The number that the next result should have.
        var next = 1
        /// What the number of `results[0]` is.
        var first = 1
        var results: [TestResult] = []
        /// Diagnostic lines since the last result.
        var pending: [String] = []
        var events: [Int] = []
        /// Why the results can't be taken for complete.
        var trouble: [String] = []
        /// Why results inside may be missing since the last result.
        var doubt: String?
        var statistics: (name: String, counts: TestCounts)?
        /// How many of its result lines say ok, and how many do not, as it says itself.
        var totals: KTAPTotals?
        /// Of the results in its comments since its last result; one at most.
        var comments: [KTAPParser] = []
        /// The document inside that has ended and waits for its result here; one at most.
        var closed: [Document] = []
        /// It has no lines of its own yet: only those of the document inside have come.
        var isImplied = false
        /// The line where its version line came once more.
        var restart: Int?

        init(indent: Int, prefixes: Int, name: String? = nil, plan: Int? = nil) {
            self.indent = indent
            self.prefixes = prefixes
            self.name = name
            self.plan = plan
        }

        var isFresh: Bool { name == nil && plan == nil && results.isEmpty && closed.isEmpty }
        var isComplete: Bool { plan.map { next > $0 } ?? false }

        mutating func addTrouble(_ text: String) {
            if trouble.count < 20, trouble.last != text { trouble.append(text) }
        }
    }

    private let limits: Limits
    private let tooMany: String
    /// The line before was this result.
    private var lastLine: KTAPResultLine?
    private var documents: [Document] = []
    /// The indentation of all lines.
    private var base = 0
    private var finished: [TestResult] = []
    private var resultCount = 0
    private var diagnosticBytes = 0
    /// The last number of a result at the outermost level (kunit_suite_counter in lib/kunit/test.c counts on where a
    /// suite is run again).
    private var lastOuterNumber = 0
    /// Results before the first document: where one comes, they are the end of another whose beginning is lost.
    private var early: [(KTAPResultLine, Line)] = []
    private static let mostEarly = 1000
    /// Outermost documents that began with a version line or a plan.
    private(set) var outerDocuments = 0
    /// The first result of an outermost document that no plan announced.
    private(set) var unplanned: Int?
    /// The last document had a plan and results without any inside: nothing comes after its last.
    private var hasEnded = false
    private var eventTests: [Int: String] = [:]
    /// Of the results without children read so far.
    private(set) var counts = TestCounts()

    init(limits: Limits = Limits()) {
        self.limits = limits
        tooMany = "more than \(limits.results) results; the rest was not read"
    }

    /// The test that runs now, as a path of names; nil outside of any document.
    var currentTest: String? {
        guard let last = documents.last, !isDone else { return nil }
        let names = documents.compactMap(\.name)
        let place = last.plan.map { "\(min(last.next, max($0, 1))) of \($0)" } ?? "\(last.next)"
        return names.isEmpty ? "test \(place)" : "\(names.joined(separator: ConsoleEvent.pathSeparator)), test \(place)"
    }

    /// Remembers that event number `index` happened now, to be asked for with `test(ofEvent:)` after `finish`.
    mutating func noteEvent(_ index: Int) {
        guard !documents.isEmpty, !isDone else { return }
        documents[documents.count - 1].events.append(index)
    }

    func test(ofEvent index: Int) -> String? { eventTests[index] }

    /// The console dropped lines here.
    mutating func noteLostLines() {
        for index in documents.indices {
            documents[index].doubt = "the console lost lines"
            for place in documents[index].comments.indices { documents[index].comments[place].noteLostLines() }
        }
    }

    /// A line without its indentation, and how wide that is; tabs go to the next multiple of eight.
    private static func body(of line: ArraySlice<UInt8>) -> (ArraySlice<UInt8>, Int) {
        let blanks = line.prefix(while: \.isBlank)
        let column = blanks.reduce(0) { $1 == UInt8(ascii: "\t") ? ($0 / 8 + 1) * 8 : $0 + 1 }
        return (line[blanks.endIndex...], column)
    }

    /// What a line was taken for.
    enum Reading: Hashable {
        /// A result, or what looks like one; `isPlaced` is false where it belongs to no document.
        case result(isOK: Bool, isPlaced: Bool)
        /// What a test says in comments, and is heard with its result.
        case heard
        /// The directive of the result before.
        case directive
        case other
    }

    @discardableResult
    mutating func add(_ line: Line) -> Reading {
        let (body, column) = Self.body(of: line.bytes)
        let indent = max(0, column - base)
        if let last = lastLine, line.isContinuation, indent == 1, readDirective(body, of: last, line) {
            return .directive
        }
        if !body.isEmpty { lastLine = nil }
        let known = KTAPLine(body)
        var isHeard = false
        switch known {
        case .version: openVersion(at: indent, line)
        case .plan(let count, let skip):
            line.isGarbled ? note(line) : setPlan(count, at: indent, line)
            if let skip { addSkipped(skip, at: indent, line) }
        case .result(let result):
            let isPlaced = add(result, at: indent, line)
            return .result(isOK: result.isOK, isPlaced: isPlaced)
        case .subtest(let name): setName(name, at: indent, line)
        case .statistics(let name, let counts):
            // "Totals" counts the results at the tips, which a parameterised test without parameters leaves out.
            let place = isDone ? nil : documents.lastIndex { $0.indent == indent }
            if !line.isGarbled, name != "Totals", let place { documents[place].statistics = (name, counts) }
            isHeard = readComment(body, line) || place.map { $0 > 0 || name != "Totals" } ?? false
            note(line)
        case .totals(let totals):
            if !line.isGarbled, let index = documents.lastIndex(where: { $0.indent == indent }) {
                isHeard = true
                if let before = documents[index].totals, before != totals {
                    documents[index].addTrouble("two lines of totals that differ")
                }
                documents[index].totals = totals
            }
            note(line)
        case .bailOut:
            isHeard = hasDocuments
            bailOut(line)
        case .diagnostic:
            isHeard = readComment(body, line)
            note(line)
        case .other: note(line)
        }
        return isHeard ? .heard : .other
    }

    /// Ends all that is open: the console has no more lines. Returns the outermost results in the order of their start.
    mutating func finish() -> [TestResult] {
        while !documents.isEmpty { closeInnermost("the console ended before its result line") }
        return finished
    }

    // MARK: Documents

    private static let more = "(more lines are in the console log)"

    /// No document is open that announced more results than came.
    var isComplete: Bool { documents.isEmpty || isDone }
    /// A document was seen.
    var hasDocuments: Bool { !documents.isEmpty || !finished.isEmpty }

    /// A document is open that has not every result that it announced.
    var isInside: Bool { !documents.isEmpty && !isDone }

    /// The outermost document has every result that it announced.
    private var isDone: Bool { documents.count == 1 && documents[0].isComplete }

    private mutating func openVersion(at indent: Int, _ line: Line) {
        if isDone { closeInnermost("") }
        closeDocuments(deeperThan: indent)
        if let top = documents.last, top.indent == indent {
            if top.isFresh { return }
            if documents.count == 1 { documents[0].restart = line.number }
            closeInnermost("another document began before its result line")
        }
        open(Document(indent: indent, prefixes: line.prefixes), line)
    }

    private mutating func open(_ document: Document, _ line: Line) {
        let lost = early
        early = []
        for (result, source) in lost { addStray(result, source) }
        if documents.isEmpty { document.indent > 0 ? openOuter(line) : (outerDocuments += 1) }
        guard documents.count < limits.depth else {
            documents[documents.count - 1].addTrouble("tests nested more than \(limits.depth) deep are not read")
            return note(line)
        }
        if !documents.isEmpty { closeWaiting() }
        documents.append(document)
    }

    /// A suite that runs by itself has no document around it (kunit_run_tests() from lib/kunit/debugfs.c).
    private mutating func openOuter(_ line: Line) {
        var outer = Document(indent: 0, prefixes: line.prefixes)
        outer.isImplied = true
        outer.next = lastOuterNumber + 1
        outer.first = outer.next
        documents.append(outer)
    }

    private mutating func setPlan(_ count: Int, at indent: Int, _ line: Line) {
        guard !isDone, let last = documents.indices.last else {
            // A document of a program that writes no version line; a plan inside of others is a text like any other.
            guard indent == 0 else { return note(line) }
            if isDone { closeInnermost("") }
            return open(Document(indent: indent, prefixes: line.prefixes, plan: count), line)
        }
        guard documents[last].indent == indent else {
            guard documents[last].indent < indent else { return note(line) }
            // Its version line was lost; a plan of its own makes up for that.
            return open(Document(indent: indent, prefixes: line.prefixes, plan: count), line)
        }
        if documents.count == 2, documents[0].isImplied, documents[0].isFresh, documents[1].isFresh, finished.isEmpty {
            // The outermost document itself is indented, as all lines are.
            base += documents[1].indent
            documents = [Document(indent: 0, prefixes: documents[1].prefixes, plan: count)]
            return
        }
        if let plan = documents[last].plan {
            if plan != count { documents[last].addTrouble("two plans, 1..\(plan) and 1..\(count)") }
        } else if documents[last].next - documents[last].first > count {
            documents[last].addTrouble("the plan 1..\(count) is shorter than what came before it")
        } else {
            documents[last].plan = count
        }
    }

    private mutating func setName(_ name: String?, at indent: Int, _ line: Line) {
        if let top = documents.last, top.indent > indent {
            guard documents.dropFirst().contains(where: { $0.indent == indent && $0.name != name }) else {
                return note(line)
            }
            closeDocuments(deeperThan: indent)
        }
        let named = Document(indent: indent, prefixes: line.prefixes, name: name)
        guard let top = documents.last, top.indent == indent else {
            return indent == 0 ? note(line) : open(named, line)
        }
        if top.name == nil, top.results.isEmpty, top.closed.isEmpty {
            documents[documents.count - 1].name = name
        } else if top.name != name, documents.count > 1 {
            closeInnermost("another document began before its result line")
            open(named, line)
        } else {
            note(line)
        }
    }

    private mutating func closeDocuments(deeperThan indent: Int) {
        while documents.count > 1, let top = documents.last, top.indent > indent { park() }
    }

    /// Closes the innermost document; its results wait in the one around it for a result line.
    private mutating func park() {
        settle()
        let document = documents.removeLast()
        closeWaiting()
        documents[documents.count - 1].closed = [document]
    }

    /// Closes the innermost document, and says in the one around it that there was no result line.
    private mutating func closeInnermost(_ reason: String) {
        guard documents.count == 1 else {
            park()
            return closeWaiting(reason)
        }
        settle()
        var document = documents.removeLast()
        lastOuterNumber = document.next - 1
        // KUnit goes on with the numbers where suites run once more; they have tests inside.
        hasEnded = document.plan != nil && document.results.allSatisfy { $0.children.isEmpty && $0.line != nil }
        if document.plan == nil, document.results.isEmpty, document.trouble.isEmpty, !document.isImplied,
            !finished.isEmpty
        {
            document.addTrouble("results were to come, and none came")
        }
        if document.plan == nil, unplanned == nil, document.trouble.isEmpty {
            // A suite that runs by itself has the plan inside.
            let results = document.isImplied ? document.results.filter(\.children.isEmpty) : document.results
            unplanned = results.first?.line
        }
        finished += document.results
        if !document.trouble.isEmpty {
            finished.append(result(document.name ?? "test results", .unknown, document.trouble))
        }
    }

    /// A document inside the innermost has ended, and its result line did not come.
    private mutating func closeWaiting(_ reason: String = "its result line did not come") {
        let place = documents.count - 1
        guard let closed = documents[place].closed.popLast() else { return }
        let result = result(
            closed.name ?? "test \(documents[place].next)", .unknown, [reason] + closed.trouble + closed.pending,
            children: closed.results)
        nameEvents(result: result.name)
        documents[place].results.append(result)
        documents[place].next += 1
    }

    /// Adds to the innermost document what its plan announced and did not come; it ends.
    private mutating func settle() {
        let place = documents.count - 1
        if let reason = comments()?.reason { documents[place].addTrouble("after its last result, \(reason)") }
        closeWaiting()
        if let reason = documents[place].totals?.difference(from: documents[place].results) {
            documents[place].addTrouble(reason)
        }
        if let plan = documents[place].plan {
            let reason =
                documents[place].restart.map {
                    "its results begin again at line \($0) (a program that forks writes again what it has buffered: "
                        + "run it with `stdbuf -oL`)"
                } ?? "no result line came"
            addMissing(upTo: plan, "announced by the plan 1..\(plan); \(reason)")
        }
        nameEvents(result: nil)
    }

    private mutating func addMissing(upTo last: Int, _ reason: String) {
        let place = documents.count - 1
        let next = documents[place].next
        guard next <= last else { return }
        let count = last - next + 1
        if count <= limits.missing, resultCount + count <= limits.results {
            for number in next...last { documents[place].results.append(result("test \(number)", .unknown, [reason])) }
        } else {
            documents[place].results.append(
                result("tests \(next) to \(last)", .unknown, ["\(count) results: \(reason)"]))
            // Numbers no longer tell the place of a result in the list.
            documents[place].first = last + 1 - documents[place].results.count
        }
        documents[place].next = last + 1
    }

    /// A result, which is counted where it has none inside.
    private mutating func result(
        _ name: String, _ outcome: TestOutcome, _ diagnostics: [String], line: Int? = nil, children: [TestResult] = []
    ) -> TestResult {
        if children.isEmpty { counts += TestCounts(outcome) }
        resultCount += 1
        return TestResult(name: name, outcome: outcome, diagnostics: diagnostics, line: line, children: children)
    }

    /// A document that says that it has nothing to run.
    private mutating func addSkipped(_ reason: String, at indent: Int, _ line: Line) {
        guard let last = documents.indices.last, documents[last].indent == indent, documents[last].plan == 0,
            documents[last].results.isEmpty, resultCount < limits.results
        else { return }
        let name = documents[last].name ?? "all tests"
        documents[last].results.append(result(name, .skip, reason.isEmpty ? [] : [reason], line: line.number))
    }

    // MARK: Comments

    /// Reads a test's own results in the comments before its result: `# ok 1 name`, as the kernel's runner of selftests
    /// writes what a test prints.
    ///
    /// Returns whether the line is one of its results, or says that it gave up.
    private mutating func readComment(_ body: ArraySlice<UInt8>, _ line: Line) -> Bool {
        guard let last = documents.indices.last, !isDone, body.starts(with: Self.commentStart) else { return false }
        let inner = body.dropFirst(Self.commentStart.count)
        if documents[last].comments.isEmpty {
            switch KTAPLine(Self.body(of: inner).0) {
            case .version, .plan, .result: break
            case .subtest, .statistics, .totals, .bailOut, .diagnostic, .other: return false
            }
            guard limits.commentDepth > 0 else {
                documents[last].doubt = "results in comments of comments, and so on, are not read"
                return false
            }
            var limits = limits
            limits.commentDepth -= 1
            limits.diagnosticBytes = 0
            documents[last].comments = [KTAPParser(limits: limits)]
        }
        switch documents[last].comments[0].add(
            Line(
                number: line.number, bytes: inner, prefixes: line.prefixes, isGarbled: line.isGarbled,
                isLast: line.isLast))
        {
        case .result(_, let isPlaced): return isPlaced
        case .heard, .directive: return true
        case .other: return false
        }
    }

    /// What the results in the comments since the last result say against a result that is no failure; nil where there
    /// are none.
    private mutating func comments() -> (reason: String?, isSkipped: Bool)? {
        guard var comments = documents[documents.count - 1].comments.popLast() else { return nil }
        let leaves = comments.finish().flatMap(\.leaves)
        let wrong = leaves.filter { $0.result.outcome == .fail } + leaves.filter { $0.result.outcome == .unknown }
        let reason = wrong.first.map { first in
            let line = first.result.line.map { " (line \($0))" } ?? ""
            return
                "of the results in its comments \(wrong.count) failed or are unknown, the first: \(first.path)\(line)"
        }
        return (reason, !leaves.isEmpty && leaves.allSatisfy { $0.result.outcome == .skip })
    }

    private static let commentStart = Array("# ".utf8)

    // MARK: Results

    /// What came before is complete or not as its plan says; that the tests gave up is a failure in any case.
    private mutating func bailOut(_ line: Line) {
        guard hasDocuments else { return }
        while !documents.isEmpty { closeInnermost("the tests gave up before its result line") }
        let said = line.bytes.consoleText(limit: 500).trimmed
        finished.append(result("tests that gave up", .fail, [said], line: line.number))
    }

    /// A result that belongs to no document: it is not the next of those that have ended.
    private mutating func addStray(_ line: KTAPResultLine, _ source: Line) {
        guard resultCount < limits.results else { return }
        let text = source.bytes.consoleText(limit: 500).trimmed
        finished.append(
            result(
                line.title, line.outcome.0 == .fail ? .fail : .unknown,
                ["line \(source.number) has a result \(line.number) that belongs to no plan: \(text)"],
                line: source.number))
    }

    /// Returns whether it belongs to a document, or is told apart as one that does not.
    private mutating func add(_ line: KTAPResultLine, at indent: Int, _ source: Line) -> Bool {
        if isDone { closeInnermost("") }
        if !hasDocuments, indent > 0 || line.number > 1, !source.isGarbled {
            if early.count < Self.mostEarly { early.append((line, source)) }
            return false
        }
        if documents.isEmpty, !finished.isEmpty, indent == 0, !source.isGarbled,
            line.number != lastOuterNumber + 1 || hasEnded
        {
            addStray(line, source)
            return true
        }
        guard prepare(for: line, at: indent, source) else {
            note(source)
            return false
        }
        place(line, source)
        return true
    }

    /// Makes the document that a result line at this indentation belongs to the innermost one; false where the line is
    /// no result.
    private mutating func prepare(for line: KTAPResultLine, at indent: Int, _ source: Line) -> Bool {
        if documents.isEmpty {
            // A suite that is skipped or fails before its first test has no document of its own.
            guard indent == 0, line.number == lastOuterNumber + 1 else { return false }
            openOuter(source)
            return true
        }
        if documents.contains(where: { $0.indent == indent }) {
            closeDocuments(deeperThan: indent)
            return true
        }
        guard let top = documents.last, top.indent > indent else {
            documents[documents.count - 1].doubt = "line \(source.number) looks like a result of a document inside"
            return false
        }
        // Documents inside are open, and this one's own beginning was lost.
        closeDocuments(deeperThan: indent)
        guard documents.count < limits.depth else { return false }
        var document = Document(indent: indent, prefixes: source.prefixes)
        document.addTrouble("its version line and plan were lost")
        document.first = line.number
        document.next = line.number
        swap(&document.closed, &documents[documents.count - 1].closed)
        documents.append(document)
        return true
    }

    /// Puts a result in its place in the innermost document.
    private mutating func place(_ line: KTAPResultLine, _ source: Line) {
        let place = documents.count - 1
        guard resultCount < limits.results else { return documents[place].addTrouble(tooMany) }
        if line.number < documents[place].next {
            closeWaiting()
            return compareAgain(line, source)
        }
        if let plan = documents[place].plan, line.number > plan {
            return documents[place].addTrouble(
                "line \(source.number) has a result \(line.number) beyond the plan 1..\(plan)")
        }
        if line.number > documents[place].next {
            // A garbled number proves no gap.
            if source.isGarbled {
                documents[place].doubt = "line \(source.number) is garbled"
                return
            }
            if let closed = documents[place].closed.first, closed.name != line.name { closeWaiting() }
            addMissing(
                upTo: line.number - 1,
                "its result line did not come; the next was number \(line.number), line \(source.number)")
        }
        append(line, source)
    }

    private mutating func append(_ line: KTAPResultLine, _ source: Line) {
        var (outcome, remark) = line.outcome
        let comments = comments()
        let place = documents.count - 1
        let closed = documents[place].closed.popLast()
        var reasons: [String] = []
        // A suite in which something passed, and whose name is whole, can say no more than that.
        let isSaid =
            source.isLast && closed?.name == line.name && closed?.results.contains { $0.outcome == .pass } == true
        if source.isGarbled, !isSaid { reasons.append("its result line holds another message, or its end is lost") }
        if documents[place].indent == 0, source.prefixes < documents[place].prefixes, line.isOK {
            reasons.append("the head of its result line is lost, perhaps a \"not\"")
        }
        if line.name.isEmpty, documents[place].name != nil, line.isOK { reasons.append("its name is lost") }
        if outcome != .fail { reasons += doubts(line, outcome, documents[place], closed) }
        if outcome != .fail, let reason = comments?.reason {
            reasons.append("it says \(line.isOK ? "ok" : "skipped"), and \(reason)")
        }
        if !reasons.isEmpty { outcome = .unknown }
        if outcome == .pass, comments?.isSkipped == true {
            outcome = .skip
            remark = "it says ok, and all results in its comments were skipped"
        }
        var diagnostics = reasons
        if outcome == .fail, let reason = comments?.reason { diagnostics.append(reason) }
        if let remark { diagnostics.append(remark) }
        let lines = (documents[place].pending + (closed?.pending ?? [])).filter { !Self.isOfRunner($0, line.name) }
        if outcome == .skip, diagnostics.isEmpty, let reason = lines.last(where: { $0.hasPrefix("# SKIP") }) {
            diagnostics.append(reason)
        }
        diagnostics += outcome == .pass ? lines.filter { $0.hasPrefix("#") } : lines
        let children = believed(closed?.results ?? [], line, documents[place].statistics)
        let result = result(line.title, outcome, diagnostics, line: source.number, children: children)
        documents[place].statistics = nil
        documents[place].pending = []
        documents[place].doubt = nil
        nameEvents(result: result.name)
        documents[place].results.append(result)
        documents[place].next += 1
        lastLine = line
    }

    /// What the runner of selftests says before each program (tools/testing/selftests/kselftest/runner.sh).
    private static func isOfRunner(_ line: String, _ name: String) -> Bool {
        line == "# \(name)" || line.hasPrefix("# timeout set to ") || line.hasPrefix("# overriding timeout to ")
    }

    /// The results inside; where the kernel counts fewer passes than were read, one of these is not whole, and which is
    /// not known.
    private mutating func believed(
        _ results: [TestResult], _ line: KTAPResultLine, _ statistics: (name: String, counts: TestCounts)?
    ) -> [TestResult] {
        guard let statistics, statistics.name == line.name,
            case let passes = results.count(where: { $0.outcome == .pass }), passes > statistics.counts.pass
        else { return results }
        return results.map { result in
            guard result.outcome == .pass else { return result }
            if result.children.isEmpty { counts.replace(.pass, with: .unknown) }
            return result.with(
                .unknown,
                ["the kernel counts \(statistics.counts.pass) passed, and \(passes) were read: one was not"])
        }
    }

    /// Why a result that says ok, or that it was skipped, can't be taken at its word.
    private func doubts(
        _ line: KTAPResultLine, _ outcome: TestOutcome, _ document: Document, _ closed: Document?
    ) -> [String] {
        guard let closed else {
            return document.doubt.map { ["\($0) before it, perhaps results inside"] } ?? []
        }
        var reasons = closed.trouble
        var isConfirmed = false
        if let statistics = document.statistics, statistics.name == line.name {
            let found = closed.results.reduce(into: TestCounts()) { $0 += TestCounts($1.outcome) }
            isConfirmed = found == statistics.counts
            if !isConfirmed {
                reasons.append("the kernel counts \(statistics.counts.text); \(found.text) were read")
            }
        }
        if let name = closed.name, !line.name.isEmpty, name != line.name {
            reasons.append("the results before it are of \(name)")
        }
        let unknown = closed.results.count { $0.outcome == .unknown }
        let failed = closed.results.count { $0.outcome == .fail }
        if unknown > 0 { reasons.append("\(unknown) of the results inside are unknown") }
        if failed > 0 { reasons.append("it says ok, and \(failed) of the results inside failed") }
        if closed.plan != nil, closed.results.isEmpty, outcome == .pass { reasons.append("it has no tests inside") }
        if closed.plan == nil, !isConfirmed {
            if let doubt = closed.doubt {
                reasons.append("\(doubt), and no plan tells how many results there are inside")
            } else if closed.results.isEmpty, outcome == .pass {
                reasons.append("results were to come inside, and none came")
            }
        }
        return reasons
    }

    /// Reads ` # SKIP why` where it stands on a line of its own: a parameter's description that ends in a line feed
    /// cuts the result line in two (fs/ext4/mballoc-test.c has such ones). False where the line is something else.
    private mutating func readDirective(
        _ body: ArraySlice<UInt8>, of last: KTAPResultLine, _ source: Line
    ) -> Bool {
        let start = Array("\(last.isOK ? "ok" : "not ok") \(last.number) ".utf8)
        guard body.starts(with: Array("# ".utf8)), let whole = KTAPResultLine((start + body)[...]),
            whole.directive != nil, let place = documents.indices.last, let result = documents[place].results.popLast()
        else { return false }
        lastLine = nil
        var (outcome, remark) = whole.outcome
        if result.outcome == .unknown || source.isGarbled { outcome = .unknown }
        if result.children.isEmpty { counts.replace(result.outcome, with: outcome) }
        documents[place].results.append(
            TestResult(
                name: result.name, outcome: outcome, diagnostics: result.diagnostics + (remark.map { [$0] } ?? []),
                line: result.line, children: result.children))
        return true
    }

    private mutating func compareAgain(_ line: KTAPResultLine, _ source: Line) {
        let place = documents.count - 1
        let index = line.number - documents[place].first
        guard documents[place].results.indices.contains(index) else {
            return documents[place].addTrouble("line \(source.number) has a result \(line.number) once more")
        }
        let before = documents[place].results[index]
        guard before.outcome != .unknown, before.name != line.name || before.outcome != line.outcome.0 else { return }
        if before.children.isEmpty { counts.replace(before.outcome, with: .unknown) }
        documents[place].results[index] = before.with(
            .unknown,
            ["line \(source.number) gives the same number another result: \(source.bytes.consoleText.trimmed)"])
    }

    /// Says in which test the events of the innermost document happened.
    private mutating func nameEvents(result: String?) {
        let place = documents.count - 1
        guard !documents[place].events.isEmpty else { return }
        let names = (documents.map(\.name) + [result]).compactMap { $0 }
        if !names.isEmpty {
            let path = names.joined(separator: ConsoleEvent.pathSeparator)
            for event in documents[place].events { eventTests[event] = path }
        }
        documents[place].events = []
    }

    // MARK: Diagnostics

    private mutating func note(_ line: Line) {
        guard let last = documents.indices.last, !isDone else { return }
        let count = documents[last].pending.count
        guard count <= limits.diagnosticLines, !line.bytes.isEmpty else { return }
        guard count < limits.diagnosticLines, diagnosticBytes + line.bytes.count <= limits.diagnosticBytes else {
            if documents[last].pending.last != Self.more { documents[last].pending.append(Self.more) }
            return
        }
        let bytes = Self.body(of: line.bytes).0.withoutTrailingBlanks
        guard !bytes.isEmpty else { return }
        diagnosticBytes += line.bytes.count
        documents[last].pending.append(bytes.consoleText)
    }
}

extension TestResult {
    /// The same with another outcome, and with reasons before what it says already.
    func with(_ outcome: TestOutcome, _ reasons: [String], children: [TestResult]? = nil) -> TestResult {
        TestResult(
            name: name, outcome: outcome, diagnostics: reasons + diagnostics, line: line,
            children: children ?? self.children)
    }
}

extension TestCounts {
    fileprivate var text: String { "pass:\(pass) fail:\(fail) skip:\(skip) unknown:\(unknown)" }

    /// Counts one test of `old` as `new` instead.
    fileprivate mutating func replace(_ old: TestOutcome, with new: TestOutcome) {
        switch old {
        case .pass: pass -= 1
        case .fail: fail -= 1
        case .skip: skip -= 1
        case .unknown: unknown -= 1
        }
        self += TestCounts(new)
    }
}
