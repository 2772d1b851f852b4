// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
package import Records
internal import Rollback

/// Drills of the way back as they look in life; the same bytes each time.
package enum SampleDrill {
    package static func passed(run: String? = nil, of record: RunRecord? = nil) -> RollbackDrill {
        make("20261122T111500Z-0c1d2e3f", run, [.pass, .pass, .pass, .pass], found: [:], of: record)
    }

    /// A panic from which nothing came back, and a power cut that was not reached.
    package static func failed(run: String? = nil, of record: RunRecord? = nil) -> RollbackDrill {
        make(
            "20261122T121500Z-1d2e3f40", run, [.pass, .pass, .fail, .unknown],
            found: [2: "Kernel panic - not syncing: <b>&\u{1B}[31m; then no kernel came", 3: "it was not reached"],
            of: record)
    }

    private static func make(
        _ identifier: String, _ run: String?, _ verdicts: [RollbackDrill.Verdict], found: [Int: String],
        of record: RunRecord?
    ) -> RollbackDrill {
        let titles = [
            "IPL from the disk", "bessemer-trial and a reboot", "A panic in Rust code",
            "Power cut while zipl writes (1 of 1)",
        ]
        let steps = verdicts.enumerated().map { index, verdict in
            RollbackDrill.Step(
                name: "step-\(index)", title: titles[index], expected: "the baseline starts",
                found: found[index] ?? "the baseline started, load parameter empty",
                line: verdict == .unknown ? nil : "[    4.340752] bessemer ipl-3a14a11: kernel 3d587571b7dc",
                console: verdict == .unknown ? nil : "console-0\(index + 3).log",
                lineNumber: verdict == .unknown ? nil : 105 + index, verdict: verdict,
                seconds: verdict == .unknown ? 0 : [5.1, 9.6, 14.2, 4.4][index])
        }
        return RollbackDrill(
            identifier: identifier, run: run, toolVersion: "0.1.0",
            startedAt: Date(timeIntervalSince1970: 1_795_346_100),
            finishedAt: Date(timeIntervalSince1970: 1_795_346_300),
            kernels: KernelRole.allCases.map {
                .init(role: $0, image: image($0, of: record), fingerprint: Digest(of: "running \($0.rawValue)"))
            }, plan: Digest(of: "plan"), emulator: "QEMU emulator version 11.1.3", accelerator: "tcg",
            sandboxLock: Digest(of: "lock"),
            packages: [
                .init(name: "s390-tools", version: "2.35.0-1", architecture: "s390x", sha256: Digest(of: "s390-tools"))
            ], steps: steps, consoles: [.init(file: "console-03.log", lines: 140, sha256: Digest(of: "console"))])
    }

    /// The kernel's own where a record is given.
    private static func image(_ role: KernelRole, of record: RunRecord?) -> KernelImage {
        let built = record?.kernels.all.first { $0.role == role }?.build.bootImage?.sha256
        return KernelImage(
            release: "6.12.107", sha256: built ?? Digest(of: role.rawValue), size: 4_321_280, commandLineSize: 4096,
            isSigned: false)
    }
}
