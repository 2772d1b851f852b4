// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Attestation
internal import Documents
internal import Host
internal import Records

/// `bessemer evidence affected`.
struct EvidenceAffected: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "affected",
        abstract: "Say which recorded kernels contain a file, a commit, a tool, a package or a symbol.",
        discussion: """
            Answers from what is recorded alone: the lists of what kernels were built from, the toolchain, the sandbox's \
            packages, the patches, the source's commit, System.map. What these do not decide is unknown, with the reason.

            Exit status: 0 where every recorded kernel is known not to contain it; 1 where one contains it, or it is not \
            known of one; 2 bad usage, or nothing is recorded.

            Examples:
              bessemer evidence affected --file drivers/s390/net/qeth_core_main.c
              bessemer evidence affected --tool rustc@1.96.1
              bessemer evidence affected --package rustc@1.96.1+dfsg1-1 --format json
            """)

    @Option(help: .value("PATH", "A file of the kernel's source, from the top of the tree, or one that a build made."))
    var file: String?

    @Option(help: .value("COMMIT", "A commit or a patch-id, at least 7 digits."))
    var commit: String?

    @Option(help: .value("NAME[@VERSION]", "A program that builds kernels: rustc@1.96.1, gcc, ld."))
    var tool: String?

    @Option(help: .value("NAME[@VERSION]", "A Debian package of the sandbox, or that the source is."))
    var package: String?

    @Option(help: .value("NAME", "A function or variable of the kernel."))
    var symbol: String?

    @OptionGroup var format: FormatOption

    private var questions: [AffectedReport.Question] {
        [
            file.map { .init(.file, $0) }, commit.map { .init(.commit, $0.lowercased()) },
            tool.map { .init(.tool, $0) },
            package.map { .init(.package, $0) }, symbol.map { .init(.symbol, $0) },
        ].compactMap(\.self)
    }

    func validate() throws {
        try require(questions.count == 1, "Give one of --file, --commit, --tool, --package and --symbol.")
    }

    func run(_ context: Context) async throws {
        func nothing() -> Failure {
            Failure(
                "evidence.missing", "no run is recorded, so nothing is known of any kernel",
                advice: "`bessemer pilot` makes a run and records it")
        }
        guard let store = try context.evidence() else { throw nothing() }
        let report = try await AffectedSearch(questions[0]).report(in: store) {
            context.progress(WorkProgress("looking", done: $0, detail: "runs"))
        }
        guard report.runs > 0 else { throw nothing() }
        try context.show(report, as: format.format)
        if !report.isClear { throw ExitCode(1) }
    }
}
