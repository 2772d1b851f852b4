// SPDX-License-Identifier: Apache-2.0

/// The Rust compiler that `make -C TREE` takes: the PATH's, and where that is rustup's, the one that rustup chooses in
/// the tree (RUSTUP_TOOLCHAIN, an override, a toolchain file, the default).
package struct RustSelection: Codable, Hashable, Sendable {
    /// What `RUST_LIB_SRC` names, which takes the place of the compiler's own sources (rust/Makefile).
    package struct Library: Codable, Hashable, Sendable {
        package let path: String
        /// Whether it has the core library.
        package let isThere: Bool

        package init(path: String, isThere: Bool) {
            self.path = path
            self.isThere = isThere
        }
    }

    /// As the PATH has it.
    package let path: String
    /// Links resolved.
    package let file: String
    /// The program that compiles in the end; nil where none runs there.
    package let compiler: String?
    /// rustup's name for the toolchain; nil where rustup chooses none.
    package let toolchain: String?
    /// What rustup says of its choice, or of why it has none.
    package let reason: String
    package let library: Library?

    package init(path: String, file: String, compiler: String?, toolchain: String?, reason: String, library: Library?) {
        self.path = path
        self.file = file
        self.compiler = compiler
        self.toolchain = toolchain
        self.reason = reason
        self.library = library
    }

    /// Whether this is that compiler, or rustup's program when it runs it.
    package func takes(_ tool: InventoriedTool) -> Bool {
        if let toolchain { return tool.toolchain == toolchain && (tool.file == compiler || tool.path == path) }
        return tool.file == file && compiler != nil
    }
}
