// SPDX-License-Identifier: Apache-2.0
package import Host

/// What holds code in a sandbox: name spaces, the filter of system calls and limits.
///
/// bubblewrap alone does not hold root: it keeps root's capabilities unless asked, and a process that is root outside
/// opens a writable sysctl without any. So each part is asked for by name (bubblewrap(1), user_namespaces(7)).
package struct Confinement: Codable, Hashable, Sendable {
    /// What one process tree may use.
    package struct Limits: Codable, Hashable, Sendable {
        /// Processes and threads of everything that this Bessemer runs inside.
        package let processes: Int
        /// Bytes of memory of the same, with what lies in /tmp.
        package let memory: Int
        /// Bytes of one file.
        package let fileSize: Int
        /// Bytes of /tmp, which is memory.
        package let temporary: Int

        package init(processes: Int, memory: Int, fileSize: Int, temporary: Int) {
            self.processes = processes
            self.memory = memory
            self.fileSize = fileSize
            self.temporary = temporary
        }
    }

    package let limits: Limits
    /// What counts processes and memory: a control group; nil where there is none that Bessemer may use. The process
    /// limit is then one of the user's, which does not hold root.
    package let controlGroup: String?
    /// SHA-256 of the filter's program.
    package let filter: Digest
    /// Calls that answer as if they were forbidden or absent.
    package let refusedCalls: Int

    package init(limits: Limits, controlGroup: String?, filter: Digest, refusedCalls: Int) {
        self.limits = limits
        self.controlGroup = controlGroup
        self.filter = filter
        self.refusedCalls = refusedCalls
    }
}
