// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import KernelTree
import SystemPackage
import Testing

@Suite struct Explore {
    @Test(arguments: ["7.3", "7.2", "6.12"]) func status(version: String) throws {
        let status = try RealTrees.tree(version).status()
        print(String(decoding: try JSON.encode(status), as: UTF8.self))
    }
    @Test func kconfig() throws {
        let tree = try RealTrees.tree("7.3")
        let start = ContinuousClock.now
        let k = try Kconfig(tree)
        print(ContinuousClock.now - start, k.files.count, k.declarations.count)
        for p in k.problems { print("problem", p.place.text, p.text) }
        print(k.testOptions.count, k.rustSampleModules)
        try k.testOptions.joined(separator: "\n").write(toFile: "/tmp/kt-tests.txt", atomically: true, encoding: .utf8)
        let e = KconfigEvaluation(k, try DotConfig(file: "/tmp/x/o73/.config"))
        for name in ["DRM_KUNIT_TEST", "RAID6_PQ_KUNIT_TEST"] + k.testOptions + k.rustSampleModules where e.configuration[name] != "y" && e.configuration[name] != "m" {
            print(name, ":", e.explanation(of: name, asked: "y")?.text ?? "-")
        }
    }
}
