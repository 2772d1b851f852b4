// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import SystemPackage

/// A server on the loopback that plays an instance of ServiceNow with its faults (`Tools/cmdb-server`).
package struct StandInCMDB: Sendable {
    /// Its address without a fault: `http://127.0.0.1:41235`.
    package let address: String

    /// Runs it as long as `body` does.
    package static func serving(_ body: @escaping @Sendable (StandInCMDB) async throws -> Void) async throws {
        let program = RealThings.repository.appending("Tools/cmdb-server").string
        let outcome = AddressReader()
        _ = try await Command("python3", ["-u", program]).stream { bytes in
            guard let address = await outcome.add(bytes) else { return .more }
            do {
                try await body(StandInCMDB(address: address))
            } catch {
                await outcome.fail(error)
            }
            return .enough
        }
        if let failure = await outcome.failure { throw failure }
    }
}

/// Puts the first line of a program together.
private actor AddressReader {
    private var bytes: [UInt8] = []
    private(set) var failure: (any Error)?

    func add(_ more: [UInt8]) -> String? {
        bytes += more
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        return String(decoding: bytes[..<end], as: UTF8.self)
    }

    func fail(_ error: any Error) { failure = error }
}
