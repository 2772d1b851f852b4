// SPDX-License-Identifier: Apache-2.0

/// What a bundle holds for whoever checks it without Bessemer.
package enum AuditorFiles {
    /// README, the script of three levels with its Python part, the Python packages that they need, by their SHA-256, and the
    /// schemas of the statements.
    package static var all: [BundleFile] {
        [
            BundleFile("README", PackageResources.bundle_readme_md),
            BundleFile("verify.sh", PackageResources.verify_sh, isExecutable: true),
            BundleFile("verify.py", PackageResources.verify_py, isExecutable: true),
            BundleFile("verify_bundle.py", PackageResources.verify_bundle_py),
            BundleFile("verify_documents.py", PackageResources.verify_documents_py),
            BundleFile("verify_log.py", PackageResources.verify_log_py),
            BundleFile("verify_statements.py", PackageResources.verify_statements_py),
            BundleFile("requirements.txt", PackageResources.auditor_requirements_txt),
            BundleFile("requirements-oscal.txt", PackageResources.auditor_oscal_requirements_txt),
        ] + schemas
    }

    /// Whether the file of that name is one to run.
    static func isExecutable(_ name: String) -> Bool { executables.contains(name) }

    private static let executables = Set(all.filter(\.isExecutable).map(\.name))

    /// Of what the statements hold: Docs/Attestations.
    package static var schemas: [BundleFile] {
        [
            ("audit", PackageResources.audit_schema_json),
            ("bundle", PackageResources.bundle_schema_json),
            ("linux-kernel", PackageResources.linux_kernel_schema_json),
            ("provenance", PackageResources.provenance_schema_json),
            ("reference", PackageResources.reference_schema_json),
            ("rollback-drill", PackageResources.rollback_drill_schema_json),
            ("scai", PackageResources.scai_schema_json),
            ("self-test", PackageResources.self_test_schema_json),
            ("svr", PackageResources.svr_schema_json),
            ("test-comparison", PackageResources.test_comparison_schema_json),
            ("test-result", PackageResources.test_result_schema_json),
            ("verification_summary", PackageResources.verification_summary_schema_json),
        ].map { BundleFile("schemas/\($0).schema.json", $1) }
    }
}
