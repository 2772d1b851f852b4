// SPDX-License-Identifier: Apache-2.0
import Campaigns
import Host
import Records
import Testing

@Suite struct GitLabCampaignTests {
    private static let build = CampaignJob(
        title: "build \"6.12\": a, b", identity: ["build"],
        work: .build(
            .init(kernel: "6.12", source: nil, patches: [], base: "tinyconfig", fragments: [], lock: Digest(of: "lock"))
        ))
    private static let boot = CampaignJob(
        title: "boot", identity: ["boot"], needs: [build.key],
        work: .boot(.init(build: build.key, machine: "z13", timeLimit: 60)))

    @Test func `a job a step, which waits for those that it needs, and shows what came of all`() {
        let text = GitLabCampaign([Self.build, Self.boot], matrix: "a b.yaml").text
        let name = "build \\\"6.12\\\": a, b \(Self.build.key.short)"
        #expect(text.contains("\"\(name)\":\n  stage: build\n  needs: [\"prepare\"]"))
        #expect(text.contains("\"boot \(Self.boot.key.short)\":\n  stage: cells\n  needs: [\"prepare\", \"\(name)\"]"))
        #expect(text.contains("campaign plan 'a b.yaml' --folder campaign --prepare"))
        #expect(text.contains("      junit: campaign.junit.xml\n"))
        #expect(text.contains(Self.boot.key.hexadecimal))
    }
}
