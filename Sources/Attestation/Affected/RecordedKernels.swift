// SPDX-License-Identifier: Apache-2.0
internal import Evidence
internal import Host
internal import Records

/// What questions need of a run's record, which is mostly tests: a megabyte that is read and not kept.
struct RecordedKernels: Decodable {
    struct Kernel: Decodable {
        struct Configuration: Decodable { let rust: Bool }

        struct Build: Decodable {
            let release: String
            let artifacts: [Artifact]
        }

        let role: KernelRole
        let configuration: Configuration
        let build: Build

        var image: Digest? { RecordedKernels.image { path in build.artifacts.first { $0.path == path }?.sha256 } }
    }

    struct Enablement: Decodable { let series: GlueSeries }

    let identifier: String
    let source: SourceIdentity
    let enablement: Enablement?
    let toolchain: [Tool]
    /// The candidate first.
    let kernels: [Kernel]

    /// nil where the entry is not a run. Throws where its body can't be read.
    static func read(_ entry: Entry) throws -> RecordedKernels? {
        guard entry.kind == .run else { return nil }
        guard entry.version != RunRecord.version else {
            return try JSON.decode(RecordedKernels.self, from: entry.body, named: "the run")
        }
        return try entry.record(as: RunRecord.self).map {
            try JSON.decode(RecordedKernels.self, from: Array(JSON.encode($0)), named: "the run")
        }
    }

    /// Of what a boot loader takes, else of vmlinux.
    private static func image(_ digest: (String) -> Digest?) -> Digest? {
        digest("arch/s390/boot/bzImage") ?? digest("vmlinux")
    }

    /// The image of each kernel that an entry is about, read from its statement alone.
    static func images(of entry: EntrySummary) -> [KernelRole: Digest?] {
        var images: [KernelRole: Digest?] = [:]
        for role in KernelRole.allCases where entry.subjects.contains(where: { $0.name.hasPrefix("\(role.rawValue)/") })
        {
            let found = image { path in
                entry.subjects.first { $0.name == "\(role.rawValue)/\(path)" }?.sha256
            }
            images.updateValue(found, forKey: role)
        }
        return images
    }
}
