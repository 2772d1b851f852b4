// SPDX-License-Identifier: Apache-2.0

/// A system that runs pipelines.
public enum PipelineSystem: String, CaseIterable, Sendable {
    case gitlab, github, jenkins

    /// Where the system looks for the pipeline in a repository.
    public var file: String {
        switch self {
        case .gitlab: ".gitlab-ci.yml"
        case .github: ".github/workflows/bessemer.yml"
        case .jenkins: "Jenkinsfile"
        }
    }
}

/// A pipeline that pilots a kernel with a pinned sandbox, keeps the report, and fails as `bessemer pilot` fails.
public struct Pipeline: Sendable {
    let system: PipelineSystem
    let kernel: String
    let lock: String

    public init(system: PipelineSystem, kernel: String, lock: String) {
        self.system = system
        self.kernel = kernel
        self.lock = lock
    }

    /// Whether text can stand in a shell command and in YAML without quotes.
    public static func isPlain(_ text: String) -> Bool {
        guard let first = text.utf8.first, first != UInt8(ascii: "-") else { return false }
        return text.utf8.allSatisfy { ShellLexer.isNameStart($0) || ShellLexer.isDigit($0) || "./+-".utf8.contains($0) }
    }

    public var text: String {
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
            "(`bessemer doctor` tells whether they work there): the build runs in a sandbox without network.",
        ].map { "\(sign) \($0)\n" }.joined()
    }

    private var command: String { "bessemer pilot --kernel \(kernel) --lock \(lock) --work bessemer-run" }

    private var gitlab: String {
        head("#") + """
            pilot:
              variables:
                XDG_CACHE_HOME: $CI_PROJECT_DIR/.cache
              script:
                - \(command)
              cache:
                key:
                  files:
                    - \(lock)
                paths:
                  - .cache/bessemer
                when: always
              artifacts:
                when: always
                paths:
                  - bessemer-run/report.html
                  - bessemer-run/report.json

            """
    }

    private var github: String {
        head("#") + """
            name: bessemer
            on: [push, pull_request]
            permissions:
              contents: read
            jobs:
              pilot:
                # A hosted runner has neither the program nor, on Ubuntu, the namespaces.
                runs-on: [self-hosted, linux]
                env:
                  XDG_CACHE_HOME: ${{ github.workspace }}/.cache
                steps:
                  - uses: actions/checkout@v4
                  - uses: actions/cache@v4
                    with:
                      path: .cache/bessemer
                      key: bessemer-${{ runner.os }}-${{ hashFiles('\(lock)') }}
                  - run: \(command)
                  - uses: actions/upload-artifact@v4
                    if: always()
                    with:
                      name: report
                      path: |
                        bessemer-run/report.html
                        bessemer-run/report.json

            """
    }

    private var jenkins: String {
        head("//") + """
            pipeline {
                agent any
                stages {
                    stage('pilot') {
                        steps {
                            // One cache a lock file, kept on the agent.
                            sh '''
                                digest=$(sha256sum \(lock) | cut -c 1-12)
                                export XDG_CACHE_HOME="$HOME/.cache/bessemer-ci/$digest"
                                \(command)
                            '''
                        }
                    }
                }
                post {
                    always {
                        archiveArtifacts artifacts: 'bessemer-run/report.html, bessemer-run/report.json',
                            allowEmptyArchive: true
                    }
                }
            }

            """
    }
}
