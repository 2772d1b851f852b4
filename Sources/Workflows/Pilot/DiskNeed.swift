// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import SystemPackage

/// Parts of the journey that need room on the disk.
enum DiskNeed {
    case sandbox
    case source
    case build

    /// Bytes, measured with a kernel of the pilot's configuration and rounded up.
    private var bytes: Int {
        switch self {
        case .sandbox: 5 << 30
        case .source: 2 << 30
        case .build: 3 << 30
        }
    }

    /// Throws `Failure` with code `disk.full` where less is free.
    func check(at place: FilePath) throws {
        guard let free = Files.freeSpace(at: place), free < bytes else { return }
        let variable = self == .build ? "--work DIR" : "XDG_CACHE_HOME"
        throw Failure(
            "disk.full", "\(place) has \(free >> 20) MiB free; this step needs \(bytes >> 20) MiB",
            advice: "free space there, or name a larger file system with \(variable)")
    }
}
