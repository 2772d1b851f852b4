// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import SystemPackage

/// What a command that a kernel tree decides about may take of this machine.
package struct BuildLimits: Sendable, Hashable {
    /// For each step that runs make: configuring a kernel, building it.
    package var time: Duration
    /// Bytes on disk in each folder that the command may write to.
    package var disk: Int

    package static let standard = BuildLimits(time: .seconds(12 * 3600), disk: 50 << 30)

    package init(time: Duration, disk: Int) {
        self.time = time
        self.disk = disk
    }
}

extension Command {
    /// Runs the command as `stream` does, and ends it where it passes a limit.
    ///
    /// Throws `Failure` with codes `build.time-limit`, `build.disk-limit` and `disk.full`, and as `stream` does.
    func stream(
        within limits: BuildLimits, writing folders: [FilePath], doing what: String, log: FilePath, clock: HostClock,
        onBytes: @escaping @Sendable ([UInt8]) async throws -> Appetite
    ) async throws -> Ending {
        let watch = DiskWatch(folders: folders, limit: limits.disk, what: what, clock: clock)
        let ending = try await withThrowingTaskGroup(of: Ending?.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await stream(deadline: limits.time, clock: clock, onBytes: onBytes) }
            group.addTask {
                try await watch.run()
                return nil
            }
            while let ending = try await group.next() {
                if let ending { return ending }
            }
            throw CancellationError()
        }
        guard ending != .deadline else {
            throw Failure(
                "build.time-limit", "\(what) did not end within \(limits.time.components.seconds) seconds",
                advice: "look at the end of the log \(log); a larger --build-time-limit gives it more time")
        }
        return ending
    }
}

/// Watches what a command writes, and ends it before it fills the disk.
///
/// The free space of the file system is looked at each second, and the folders are measured when so much of it has gone
/// that they may have passed their limit, and each minute.
struct DiskWatch: Sendable {
    let folders: [FilePath]
    /// Bytes in each folder.
    let limit: Int
    let what: String
    let clock: HostClock
    /// Free bytes and free files of the file system that holds a folder; nil where it does not say.
    var free: @Sendable (FilePath) -> (bytes: Int?, files: Int?) = {
        (Files.freeSpace(at: $0), Files.freeFiles(at: $0))
    }

    /// So much is left for everybody else.
    static let reserve = (bytes: 256 << 20, files: 10_000)
    private static let mostNames = 2_000_000
    private static let ticksBetweenMeasurements = 60

    private struct Measurement {
        var bytes: Int
        var free: Int
        var ticks = 0
    }

    /// Ends by throwing: `Failure` with code `build.disk-limit` or `disk.full`, or `CancellationError`.
    func run() async throws {
        var measurements = folders.map { _ in Measurement(bytes: 0, free: .max) }
        while true {
            try await clock.sleep(for: .seconds(1))
            for (index, folder) in folders.enumerated() {
                let free = free(folder)
                if free.bytes.map({ $0 < Self.reserve.bytes }) == true
                    || free.files.map({ $0 < Self.reserve.files }) == true
                {
                    throw Failure(
                        "disk.full", "\(what) was ended before it filled the file system of \(folder)",
                        advice: "free space there, or use a folder on a larger file system (--work DIR)")
                }
                var last = measurements[index]
                last.ticks += 1
                let now = free.bytes ?? 0
                let gone = last.free.subtractingReportingOverflow(now)
                if gone.overflow || gone.partialValue >= limit - last.bytes
                    || last.ticks >= Self.ticksBetweenMeasurements
                {
                    last = Measurement(bytes: try measure(folder), free: now)
                }
                measurements[index] = last
            }
        }
    }

    private func measure(_ folder: FilePath) throws -> Int {
        guard let bytes = ForeignFolder(folder).bytesOnDisk(atMost: Self.mostNames) else {
            throw Failure(
                "build.disk-limit",
                "\(what) made more than \(Self.mostNames) files in \(folder), or folders nested deeper than any kernel's",
                advice: "look at what it wrote and remove it")
        }
        guard bytes <= limit else {
            throw Failure(
                "build.disk-limit",
                "\(what) takes \(bytes >> 20) MiB in \(folder), more than its limit of \(limit >> 20) MiB",
                advice: "look at what it wrote and remove it; a larger --build-disk-limit gives it more room")
        }
        return bytes
    }
}
