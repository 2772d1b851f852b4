// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// Standard error.
enum Console {
    static func say(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }
}
