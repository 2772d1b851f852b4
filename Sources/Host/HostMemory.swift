// SPDX-License-Identifier: Apache-2.0
internal import SystemPackage

/// What this machine has to work with.
package enum HostMemory {
    /// Memory that processes can still take (`MemAvailable` of proc_meminfo(5)), in MiB; 1024 where it is not told.
    package static var availableMiB: Int {
        let text = (try? Files.text("/proc/meminfo")) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 >> 10 } ?? 1024
    }
}
