// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Attestation
internal import Evidence
internal import Host
internal import Records

/// The formats that a recorded run can be exported in.
enum ExportFormat: String, CaseIterable, ExpressibleByArgument {
    case kcidb
    case oscalComponent = "oscal-component"
    case oscalResults = "oscal-results"
    case oscalPlan = "oscal-plan"

    /// Of the document, for those of OSCAL.
    var document: String {
        switch self {
        case .kcidb: "kcidb.json"
        case .oscalComponent: "component-definition.json"
        case .oscalResults: "assessment-results.json"
        case .oscalPlan: "plan-of-action-and-milestones.json"
        }
    }
}

/// `bessemer evidence export`.
struct EvidenceExport: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a recorded run in a format of others to standard output.",
        discussion: """
            kcidb: a report of KCIDB v5.3 with the checkout, the builds of both kernels and each test. Nothing is sent.
            oscal-component, oscal-results, oscal-plan: documents of OSCAL 1.2.1: the kernels as components with the \
            requirements that they answer, what the run showed, and the accepted deviations.

            Exit status: 0 also where nothing is accepted in the run: OSCAL has no plan without items, so oscal-plan writes \
            nothing, and standard error says so.

            Examples:
              bessemer evidence export 20261122T1015 --format kcidb --origin example_bank
              bessemer evidence export 20261122T1015 --format oscal-results \\
                  --mapping controls.json
            """)

    @Argument(
        help: .value("RUN", "A run's identifier, or its beginning."),
        completion: .custom { _, _, _ in RunCompletion.identifiers() })
    var run: String

    @Option(help: "The format.")
    var format: ExportFormat

    @Option(help: .value("NAME", "KCIDB: who submits; lower-case letters, digits and _."))
    var origin = "bessemer"

    @Option(help: .value("URL", "KCIDB: where the run's files can be fetched from (default: no file is linked)."))
    var artifactsURL: String?

    @OptionGroup var mapping: MappingOption

    func run(_ context: Context) async throws {
        guard let store = try context.evidence() else {
            throw Failure(
                "evidence.missing", "nothing is recorded, so there is nothing to export",
                advice: "`bessemer pilot` makes a run and records it")
        }
        let evidence = try await RunEvidence(run, in: store, reading: .none)
        guard format != .kcidb else {
            let report = try KCIDBReport(evidence, origin: origin, files: artifactsURL)
            if !report.collisions.isEmpty {
                context.say(
                    "\(report.collisions.count) tests have the path of another there, e.g. \(report.collisions[0])")
            }
            return context.writeBytes(report.bytes)
        }
        let controls = try mapping.read(context)
        let documents = OSCALDocuments(evidence, mapping: controls)
        guard let document = documents.all.first(where: { $0.name == format.document }) else {
            // OSCAL has no plan without items; a run without deviations is no failure.
            return context.say(
                "nothing is accepted in the run \(evidence.run.identifier), so there is no plan of action: nothing was written"
            )
        }
        context.writeBytes(document.bytes)
    }
}
