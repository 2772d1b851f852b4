// SPDX-License-Identifier: Apache-2.0

/// What the calls of a function find of its stack frame.
package enum FrameKind: String, Codable, CaseIterable, Sendable {
    case leaf = "leaves"
    case leafWithFrame = "leaves with a frame"
    case packedWithBackchain = "packed with backchain"
    case endOfChain = "ends of the chain"
    case unknown
    case ordinaryWithBackchain = "ordinary"
    case packedWithoutBackchain = "packed without backchain"
    case ordinaryWithoutBackchain = "ordinary without backchain"
    case returnAddressNotSaved = "return address not saved"
    case callWithoutFrame = "calls without a frame"
}

/// How the functions of two images differ.
package struct FunctionDifference: Codable, Hashable, Sendable {
    /// What is compared of a function.
    package struct Facts: Codable, Hashable, Sendable {
        /// Bytes.
        package var codeSize: UInt64
        /// nil where frames can't be read: on another machine.
        package var frame: FrameKind?
        /// Whether the kernel's unwinder gets through the function.
        package var isUnwindable: Bool?
        /// How far the stack pointer is lowered at most, in bytes.
        package var frameSize: Int?
        /// Where the return address is saved, in bytes from the stack pointer on entry; nil where it is not.
        package var returnSlot: Int?
        package var storesBackchain: Bool?
        /// Entries of each table that lie in the function.
        package var bugEntries = 0
        package var jumpEntries = 0
        package var exceptionEntries = 0

        package init(codeSize: UInt64) { self.codeSize = codeSize }

        /// Whether the frame is the same.
        package func hasSameFrame(as other: Facts) -> Bool {
            frame == other.frame && frameSize == other.frameSize && returnSlot == other.returnSlot
                && storesBackchain == other.storesBackchain
        }

        /// Whether as many entries of each table lie in the function.
        package func hasSameEntries(as other: Facts) -> Bool {
            bugEntries == other.bugEntries && jumpEntries == other.jumpEntries
                && exceptionEntries == other.exceptionEntries
        }
    }

    /// A function that only one image has.
    package struct Function: Codable, Hashable, Sendable {
        package let name: String
        /// The compilation unit, where several functions have the name.
        package let unit: String?
        /// Bytes.
        package let codeSize: UInt64

        package init(name: String, unit: String?, codeSize: UInt64) {
            self.name = name
            self.unit = unit
            self.codeSize = codeSize
        }
    }

    /// A function that both images have and that is not the same in them.
    package struct Change: Codable, Hashable, Sendable {
        package let name: String
        /// The compilation unit in the new image, where several functions have the name.
        package let unit: String?
        package let old: Facts
        package let new: Facts

        package init(name: String, unit: String?, old: Facts, new: Facts) {
            self.name = name
            self.unit = unit
            self.old = old
            self.new = new
        }
    }

    /// How many functions are in both images with equal facts.
    package let equal: Int
    /// Bytes of all functions.
    package let oldCodeSize: UInt64
    package let newCodeSize: UInt64
    /// In the order of the names, as the other lists.
    package let changed: [Change]
    package let added: [Function]
    package let removed: [Function]

    package init(
        equal: Int, oldCodeSize: UInt64, newCodeSize: UInt64, changed: [Change], added: [Function], removed: [Function]
    ) {
        self.equal = equal
        self.oldCodeSize = oldCodeSize
        self.newCodeSize = newCodeSize
        self.changed = changed
        self.added = added
        self.removed = removed
    }

    package var isEmpty: Bool { changed.isEmpty && added.isEmpty && removed.isEmpty }
}
