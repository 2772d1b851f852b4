// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import SystemPackage

/// Standard output or standard error of this process, written with write(2), so that each error is one that can be
/// told and not the end of the process.
package struct StandardStream: Sendable {
    package static let output = StandardStream(descriptor: 1, name: "standard output")
    package static let error = StandardStream(descriptor: 2, name: "standard error")

    /// Why a stream took no more.
    package struct WriteError: Error, Sendable, CustomStringConvertible {
        package let stream: String
        /// What the kernel said, in words.
        package let reason: String
        /// Whether the reader at the other end has gone.
        package let isBrokenPipe: Bool

        package var description: String { "could not write to \(stream): \(reason)" }
    }

    package let descriptor: Int32
    package let name: String

    /// Writes all of the text; waits where the other end takes no more for now.
    package func write(_ text: String) throws(WriteError) { try write(Array(text.utf8)) }

    package func write(_ bytes: [UInt8]) throws(WriteError) {
        if Self.missing.contains(descriptor) {
            throw WriteError(stream: name, reason: "it was closed when the program started", isBrokenPipe: false)
        }
        let file = FileDescriptor(rawValue: descriptor)
        var written = 0
        while written < bytes.count {
            do {
                written += try unsafe bytes[written...].withUnsafeBytes { try unsafe file.write($0) }
            } catch let error as Errno where error == .resourceTemporarilyUnavailable || error == .wouldBlock {
                // The other end has set the open file, which is shared with us, to non-blocking.
                var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = unsafe Foundation.poll(&poll, 1, -1)
            } catch let error as Errno {
                throw WriteError(stream: name, reason: error.description, isBrokenPipe: error == .brokenPipe)
            } catch {
                throw WriteError(stream: name, reason: "\(error)", isBrokenPipe: false)
            }
        }
    }

    /// The standard descriptors that were closed when the process started.
    private static let missing: Set<Int32> = {
        var missing: Set<Int32> = []
        for descriptor: Int32 in 0...2 {
            var status = stat()
            if unsafe fstat(descriptor, &status) != 0 {
                // The lowest free number is the one that is missing. Reading the first and writing the others still fails.
                _ = unsafe open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY)
                missing.insert(descriptor)
            } else if status.st_mode & S_IFMT == 0 {
                // Something of the runtime's own, such as an epoll instance, has got the number already.
                missing.insert(descriptor)
            }
        }
        return missing
    }()

    /// Opens each of the three standard descriptors that is closed, so that no file that is opened later gets its number
    /// and with it what is meant for a person.
    package static func openMissing() { _ = missing }
}
