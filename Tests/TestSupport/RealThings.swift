// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
public import Sandbox
public import SystemPackage

/// The real sandbox, kernel and user space that tests use.
public enum RealThings {
    /// The default sandbox.
    public static func sandbox() async throws -> SandboxRoot {
        SandboxRoot(path: try path("BESSEMER_TEST_SANDBOX"), lockDigest: Digest(of: "test"))
    }

    /// Debian's own s390x kernel image, as QEMU's `-kernel` takes it.
    public static func debianKernel() async throws -> FilePath { try path("BESSEMER_TEST_KERNEL") }

    /// Debian's static busybox for s390x.
    public static func busybox() async throws -> FilePath { try path("BESSEMER_TEST_BUSYBOX") }

    private static func path(_ variable: String) throws -> FilePath {
        guard let value = ProcessInfo.processInfo.environment[variable] else {
            throw Failure("test.setup", "\(variable) is not set", advice: "run `make test`")
        }
        return FilePath(value)
    }
}
