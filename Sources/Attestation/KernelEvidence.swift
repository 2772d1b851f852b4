// SPDX-License-Identifier: Apache-2.0
internal import Evidence
internal import Host
package import Records

extension RunEvidence {
    /// The kernels, the candidate first.
    package var kernels: [RunRecord.Kernel] { run.kernels.all }

    /// The lock of the sandbox; nil where it was removed since. Throws `Failure` where it can't be read.
    package func lock() throws -> SandboxLock? {
        try result(RecordedSandbox.self, of: "sandbox")?.lock
    }

    /// The lock as a file, `BundlePath.lock`: the same bytes for the same lock.
    package func lockFile() throws -> [UInt8]? { try lock().map { Array(try JSON.encode($0)) } }

    /// A file of a step, whose digest stays known where the file was removed; nil where the step left none.
    func descriptor(_ file: String, of step: String) -> ResourceDescriptor? {
        guard let blob = self.step(step)?.entry.blobs.first(where: { $0.name == file }) else { return nil }
        var descriptor = ResourceDescriptor(name: "\(step)/\(file)", sha256: blob.sha256)
        descriptor.downloadLocation = BundlePath.uri(BundlePath.log(file, of: step))
        return descriptor
    }
}

/// What is read of the result of the step `sandbox`.
struct RecordedSandbox: Decodable {
    let lock: SandboxLock
}

extension RunRecord.Kernel {
    /// What a boot loader takes.
    var image: Artifact? { build.bootImage }

    /// The image, as statements name it that are about two kernels: `candidate/arch/s390/boot/bzImage`; everything that
    /// was built where there is no image.
    var images: [ResourceDescriptor] {
        (image.map { [$0] } ?? build.artifacts).map {
            ResourceDescriptor(name: "\(role.rawValue)/\($0.path)", sha256: $0.sha256)
        }
    }
}
