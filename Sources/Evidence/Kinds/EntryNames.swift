// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

extension EntrySummary {
    package init(_ entry: Entry) {
        self.init(
            sequence: entry.sequence, digest: entry.digest, kind: entry.kind, version: entry.version, time: entry.time,
            recorder: entry.recorder, parents: entry.parents, subjects: entry.subjects, files: entry.blobs,
            bodySHA256: entry.bodyDigest, bodySize: entry.body.count)
    }
}
