// SPDX-License-Identifier: Apache-2.0

/// What a bundle holds for whoever checks it without Bessemer.
package enum AuditorFiles {
    /// README, the script of three levels with its Python part, and the Python packages that they need, by their SHA-256.
    package static var all: [BundleFile] {
        [
            BundleFile("README", PackageResources.bundle_readme_md),
            BundleFile("verify.sh", PackageResources.verify_sh, isExecutable: true),
            BundleFile("verify.py", PackageResources.verify_py, isExecutable: true),
            BundleFile("requirements.txt", PackageResources.auditor_requirements_txt),
            BundleFile("requirements-oscal.txt", PackageResources.auditor_oscal_requirements_txt),
        ]
    }
}
