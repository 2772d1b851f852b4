// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import Scripts

extension FuzzTarget {
    /// Reads a build file; what was read has to stand in the file where it says that it does.
    func readScript(_ bytes: Bytes, _ kind: ScriptKind, path: String = "x") {
        let bytes = bytes.array
        guard let file = try? ScriptFile(path: path, kind: kind, bytes: bytes) else { return }
        if let part = file.firstMisplaced(in: bytes) { preconditionFailure("the file does not spell \(part)") }
    }
}
