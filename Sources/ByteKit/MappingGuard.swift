// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Synchronization

/// Keeps the process alive where a mapped file becomes shorter while it is read: what is gone reads as zeros.
///
/// The kernel sends SIGBUS for a page behind the end of a file (mmap(2)). Copies of whole files would need as much memory as
/// the files are long, and a look at the length before each access would still come too early.
enum MappingGuard {
    /// Mappings at one time; a file beyond is mapped without a guard.
    private static let capacity = 4096
    /// First address and end of each mapping, 0 and 0 where a place is free. Words, since the handler takes no lock.
    nonisolated(unsafe) private static let places: UnsafeMutablePointer<UInt> = {
        let memory = UnsafeMutablePointer<UInt>.allocate(capacity: 2 * capacity)
        unsafe memory.initialize(repeating: 0, count: 2 * capacity)
        return unsafe memory
    }()
    nonisolated(unsafe) private static var previous = sigaction()
    private static let free = Mutex<[Int]>(Array((0..<capacity).reversed()))
    private static let page = UInt(sysconf(Int32(_SC_PAGESIZE)))

    private static let isInstalled: Bool = {
        _ = unsafe places
        _ = page
        var action = sigaction()
        unsafe action.__sigaction_handler.sa_sigaction = { _, information, _ in
            guard let information = unsafe information else { return }
            unsafe MappingGuard.fill(UInt(bitPattern: information.pointee._sifields._sigfault.si_addr))
        }
        action.sa_flags = SA_SIGINFO
        return unsafe sigaction(SIGBUS, &action, &previous) == 0
    }()

    /// Guards a mapping. Returns its place, to be given back before it is unmapped; nil where there is no more room.
    static func add(_ start: UnsafeRawPointer, _ length: Int) -> Int? {
        guard isInstalled, let place = free.withLock({ $0.popLast() }) else { return nil }
        unsafe places[2 * place + 1] = UInt(bitPattern: start) + UInt(length)
        unsafe places[2 * place] = UInt(bitPattern: start)
        return place
    }

    static func remove(_ place: Int) {
        unsafe places[2 * place] = 0
        unsafe places[2 * place + 1] = 0
        free.withLock { $0.append(place) }
    }

    /// In the handler of the signal: nothing here may allocate or lock.
    private static func fill(_ address: UInt) {
        for place in 0..<capacity {
            let start = unsafe places[2 * place]
            let end = unsafe places[2 * place + 1]
            guard start != 0, start <= address, address < end else { continue }
            let from = address / page * page
            let zeros = unsafe mmap(
                UnsafeMutableRawPointer(bitPattern: from), Int(end - from), PROT_READ,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0)
            if unsafe zeros != MAP_FAILED { return }
        }
        // Somebody else's fault: it comes again, under the handler that was there.
        unsafe sigaction(SIGBUS, &previous, nil)
    }
}
