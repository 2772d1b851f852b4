// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host

/// A campaign as a child pipeline of GitLab CI (docs.gitlab.com, CI/CD YAML syntax reference): a job a step.
///
/// Jobs pass steps on as artifacts. A step that failed for the kernel's reasons is a result, so its job succeeds; the last job
/// shows the cells, and fails where one does.
package struct GitLabCampaign {
    private let jobs: [CampaignJob]
    private let matrix: String

    /// `matrix` is the file's path in the repository.
    package init(_ jobs: [CampaignJob], matrix: String) {
        self.jobs = jobs
        self.matrix = matrix
    }

    private static let folder = "campaign"

    /// Jobs that a job may wait for by `needs`; with more it waits for the stage.
    private static let mostNeeds = 50

    package var text: String {
        var lines = [
            "# A campaign of \(jobs.count) steps, written by `bessemer campaign plan --format gitlab`.",
            "# Needs `bessemer` on the PATH, and user namespaces that an unprivileged user may make.",
            "stages: [prepare, build, cells, report]",
            "default:",
            "  timeout: 3h",
            "  retry:",
            "    max: 2",
            "    when: [runner_system_failure, stuck_or_timeout_failure, script_failure]",
            "variables:",
            "  XDG_CACHE_HOME: $CI_PROJECT_DIR/.cache",
            "  XDG_STATE_HOME: $CI_PROJECT_DIR/.state",
            "prepare:",
            "  stage: prepare",
            "  script:",
            script("bessemer campaign plan \(matrix.shellQuoted) --folder \(Self.folder) --prepare"),
        ]
        lines += artifacts([Self.folder])
        for job in jobs { lines += self.lines(of: job) }
        lines += [
            "report:", "  stage: report", "  when: always", "  retry: 0", "  script:",
            script("\(show) --format html > campaign.html || true"),
            script("\(show) --format junit > campaign.junit.xml"),
        ]
        lines += artifacts(["campaign.html", "campaign.junit.xml"])
        lines += ["    reports:", "      junit: campaign.junit.xml"]
        return lines.joined(separator: "\n") + "\n"
    }

    private func lines(of job: CampaignJob) -> [String] {
        let needed = ["prepare"] + jobs.filter { job.needs.contains($0.key) }.map(name)
        let step = "\(Self.folder)/steps/\(job.key)"
        let isBuild = if case .build = job.work { true } else { false }
        var lines = [
            "\(name(job).quoted):", "  stage: \(isBuild ? "build" : "cells")",
            "  needs: [\(needed.prefix(Self.mostNeeds).map(\.quoted).joined(separator: ", "))]",
            "  script:",
            script(
                "bessemer campaign step --folder \(Self.folder) --jobs \"$(nproc)\" --attempt \"$CI_JOB_ID.0\" \(job.key)"
            ),
        ]
        if isBuild {
            lines += [
                "  cache:", "    key: bessemer-\(job.key.short)", "    paths: [.cache/bessemer]", "    when: always",
            ]
        }
        return lines + artifacts([step])
    }

    /// Two steps have two names: the key's beginning is in them.
    private func name(_ job: CampaignJob) -> String { "\(job.title) \(job.key.short)" }

    private func script(_ command: String) -> String { "    - \(command.quoted)" }

    private var show: String { "bessemer campaign show \(matrix.shellQuoted) --folder \(Self.folder)" }

    private func artifacts(_ paths: [String]) -> [String] {
        ["  artifacts:", "    when: always", "    expire_in: 1 month", "    paths:"] + paths.map { "      - \($0)" }
    }
}

extension String {
    /// In YAML's double quotes (YAML 1.2.2, 7.3.1).
    fileprivate var quoted: String {
        "\"" + replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
