// SPDX-License-Identifier: Apache-2.0
import Campaigns
import Host
import Records
import Testing

@Suite struct MatrixFileTests {
    private func matrix(_ text: String) throws -> CampaignMatrix {
        try CampaignMatrix(Array(text.utf8), named: "some/z.yaml")
    }

    private static let small = """
        kernels:
          - source: "6.12"
          - {name: mine, source: ../linux}
        toolchains: [standard, newest]
        machines: [z13, z14, z15]

        """

    @Test func `every value of an axis meets every value of the others`() throws {
        let matrix = try matrix(Self.small)
        #expect(matrix.name == "z")
        #expect(matrix.size == 12 && matrix.cells.count == 12)
        #expect(matrix.kernels.map(\.name) == ["6.12", "mine"])
        #expect(matrix.cells[0].text == "6.12, tinyconfig, standard, z13")
    }

    @Test func `cells that a rule names are left out, but for those that another one names`() throws {
        let left = try matrix(
            Self.small + "exclude: [{machine: z13}]\ninclude: [{machine: z13, toolchain: newest, kernel: mine}]\n")
        #expect(left.cells.count == 9)
        #expect(left.cells.filter { $0.machine == "z13" }.map(\.text) == ["mine, tinyconfig, newest, z13"])
    }

    @Test(arguments: [
        ("kernels: []\n", "at least one kernel"),
        ("kernels: [{name: a}]\n", "kernels[1].source"),
        ("kernels: [{source: x}, {source: y/x}]\n", "two of the kernels are called x"),
        ("kernels: [{source: x}]\nmachines: [a b]\n", "not a name"),
        ("kernels: [{source: x}]\nexclude: [{machine: z99}]\n", "z99"),
        ("kernels: [{source: x}]\nexclude: [{}]\n", "at least one value"),
        ("kernels: [{source: x}]\nexclude: [{kernel: x}]\n", "leaves no cell"),
        ("kernels: [{source: x}]\nmachine: [z13]\n", "did you mean `machines`"),
        ("kernels: [{source: x}]\ntime-limit: 0\n", "from 1 to 86400"),
        ("kernels: [{source: x}]\ncommand: []\n", "at least one word"),
    ])
    func `what can't be meant is refused with its place`(text: String, words: String) {
        let failure = #expect(throws: Failure.self) { try matrix(text) }
        #expect(failure?.code == "campaign.matrix")
        #expect(failure?.message.contains(words) == true, "\(failure?.message ?? "")")
    }

    @Test func `a million cells are refused with their count`() {
        let list = (1...100).map { "n\($0)" }.joined(separator: ", ")
        let kernels = (1...100).map { "{source: k\($0)}" }.joined(separator: ", ")
        let failure = #expect(throws: Failure.self) {
            try matrix("kernels: [\(kernels)]\ntoolchains: [\(list)]\nmachines: [\(list)]\n")
        }
        #expect(
            failure?.message.contains("100 kernels × 1 configurations × 100 toolchains × 100 machines are 1000000")
                == true)
    }

    @Test func `the matrix that init writes can be read`() throws {
        #expect(try matrix(CampaignMatrix.standard).cells.count == 6)
    }

    @Test func `one value along an axis is what a search tries`() throws {
        let only = try matrix(Self.small).only("newest", along: .toolchain)
        #expect(only.toolchains == ["newest"] && only.cells.count == 6)
    }
}
