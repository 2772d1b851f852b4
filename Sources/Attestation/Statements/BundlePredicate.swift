// SPDX-License-Identifier: Apache-2.0

/// That files make one bundle.
struct BundlePredicate: Encodable, Sendable {
    let run: String
    let tool: String
}
