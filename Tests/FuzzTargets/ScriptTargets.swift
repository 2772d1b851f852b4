// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import Lint

extension FuzzTarget {
    /// Reads a build file of this name; what was read has to stand in the file where it says that it does.
    func readScript(_ bytes: Bytes, _ path: String) {
        if let part = ScriptPlaces.firstMisplaced(path: path, bytes: bytes.array) {
            preconditionFailure("the file does not spell \(part)")
        }
    }
}
