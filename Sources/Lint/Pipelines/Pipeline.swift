// SPDX-License-Identifier: Apache-2.0
internal import Host

/// A system that runs pipelines.
package enum PipelineSystem: String, CaseIterable, Sendable {
    case gitlab, github, jenkins

    /// Where the system looks for the pipeline in a repository.
    package var file: String {
        switch self {
        case .gitlab: ".gitlab-ci.yml"
        case .github: ".github/workflows/bessemer.yml"
        case .jenkins: "Jenkinsfile"
        }
    }
}

/// A pipeline that pilots a kernel with a pinned sandbox, keeps the report, and fails as `bessemer pilot` fails.
package struct Pipeline: Sendable {
    let system: PipelineSystem
    let kernel: String
    let lock: String

    package init(system: PipelineSystem, kernel: String, lock: String) {
        self.system = system
        self.kernel = kernel
        self.lock = lock
    }

    /// Whether text can stand in a shell command and in YAML without quotes.
    package static func isPlain(_ text: String) -> Bool {
        guard let first = text.utf8.first, first != UInt8(ascii: "-") else { return false }
        return text.utf8.allSatisfy { $0.isWord || "./+-".utf8.contains($0) }
    }

    package var text: String {
        switch system {
        case .gitlab: gitlab
        case .github: github
        case .jenkins: jenkins
        }
    }

    private func head(_ sign: String) -> String {
        [
            "A verified, Rust-enabled s390x kernel, built with the packages that \(lock) pins.",
            "Needs `bessemer` on the PATH, and user namespaces that an unprivileged user may make",
            "(`bessemer doctor` checks both): the build runs in a sandbox without network.",
        ].map { "\(sign) \($0)\n" }.joined()
    }

    private var command: String { "bessemer pilot --kernel \(kernel) --lock \(lock) --work bessemer-run" }
    /// The same check of the build files that people run by hand, for the system's list of findings.
    private var lint: String { "bessemer lint . --format sarif" }

    private var gitlab: String {
        head("#") + """
            # Protected branches alone run it, so that a fork's merge request does not reach the runner or its cache.
            pilot:
              rules:
                - if: $CI_COMMIT_REF_PROTECTED == "true"
              # A first run without a cache takes more than the default of an hour on a small machine.
              timeout: 3h
              variables:
                XDG_CACHE_HOME: $CI_PROJECT_DIR/.cache
                XDG_STATE_HOME: $CI_PROJECT_DIR/.state
              script:
                - \(command)
              after_script:
                - \(lint) > bessemer-run/lint.sarif || true
              cache:
                key:
                  files:
                    - \(lock)
                paths:
                  - .cache/bessemer
                when: always
              artifacts:
                when: always
                expire_in: 1 year
                paths:
                  - bessemer-run/report.html
                  - bessemer-run/report.json
                  - bessemer-run/report.junit.xml
                  # For viewers of SARIF: GitLab itself shows the JUnit report alone.
                  - bessemer-run/report.sarif
                  - bessemer-run/lint.sarif
                  # The evidence: what was built, with what, and what was found. The key beside it stays where it is.
                  - .state/bessemer/evidence.sqlite
                reports:
                  junit: bessemer-run/report.junit.xml

            """
    }

    private var github: String {
        head("#") + """
            # Without `pull_request`: a fork's code must not run on your own runner, nor fill its cache.
            # Actions are named by tag here. Pin each to a commit, which the tag's owner cannot move:
            #   git ls-remote https://github.com/actions/checkout v4
            name: bessemer
            on:
              push:
                branches: [main]
              workflow_dispatch:
            permissions:
              contents: read
              security-events: write
            jobs:
              pilot:
                # A hosted runner has neither the program nor, on Ubuntu, the namespaces.
                runs-on: [self-hosted, linux]
                timeout-minutes: 180
                env:
                  XDG_CACHE_HOME: ${{ github.workspace }}/.cache
                  XDG_STATE_HOME: ${{ github.workspace }}/.state
                steps:
                  - uses: actions/checkout@v4
                    with:
                      persist-credentials: false
                  - uses: actions/cache@v4
                    with:
                      path: .cache/bessemer
                      key: bessemer-${{ runner.os }}-${{ hashFiles('\(lock)') }}
                  - run: \(command)
                  - if: always()
                    run: \(lint) > bessemer-run/lint.sarif || true
                  # Both are shown among the repository's code scanning alerts, each under its category.
                  - if: always() && hashFiles('bessemer-run/report.sarif') != ''
                    uses: github/codeql-action/upload-sarif@v3
                    with:
                      sarif_file: bessemer-run/report.sarif
                      category: bessemer-audit
                  - if: always() && hashFiles('bessemer-run/lint.sarif') != ''
                    uses: github/codeql-action/upload-sarif@v3
                    with:
                      sarif_file: bessemer-run/lint.sarif
                      category: bessemer-lint
                  # The evidence is hidden by its name, so it is asked for.
                  - if: always()
                    uses: actions/upload-artifact@v4
                    with:
                      name: report
                      include-hidden-files: true
                      path: |
                        bessemer-run/report.html
                        bessemer-run/report.json
                        bessemer-run/report.junit.xml
                        bessemer-run/report.sarif
                        bessemer-run/lint.sarif
                        .state/bessemer/evidence.sqlite

            """
    }

    private var jenkins: String {
        head("//") + """
            // In a multibranch project let it discover branches of this repository only: a fork's pull request would
            // run its own commands on the agent.
            pipeline {
                agent any
                options {
                    timeout(time: 3, unit: 'HOURS')
                }
                stages {
                    stage('pilot') {
                        steps {
                            // One cache a lock file, kept on the agent.
                            sh '''
                                digest=$(sha256sum \(lock) | cut -c 1-12)
                                export XDG_CACHE_HOME="$HOME/.cache/bessemer-ci/$digest"
                                export XDG_STATE_HOME="$WORKSPACE/.state"
                                \(command)
                            '''
                        }
                    }
                }
                post {
                    always {
                        sh '\(lint) > bessemer-run/lint.sarif || true'
                        junit testResults: 'bessemer-run/report.junit.xml', allowEmptyResults: true
                        // With the plugin "Warnings": recordIssues tool: sarif(pattern: 'bessemer-run/*.sarif')
                        archiveArtifacts artifacts: 'bessemer-run/report.*, bessemer-run/lint.sarif, .state/bessemer/evidence.sqlite',
                            allowEmptyArchive: true
                    }
                }
            }

            """
    }
}
