// SPDX-License-Identifier: Apache-2.0
package import ByteKit
internal import DWARFKit

/// One way of giving damaged bytes to the decoders: what `Fuzz/run` feeds, and what the tests replay its finds with.
///
/// Each reads all that there is to read and throws the answers away. Errors are answers; a trap, a hang and memory
/// without bounds are not.
package enum FuzzTarget: String, CaseIterable, Sendable {
    /// A whole file: headers, sections, symbols, relocations, notes, contents.
    case elf
    /// An archive, and compressed data.
    case container
    /// `.debug_info`; the other sections are those of real objects. So for the rest of the `dwarf-` targets.
    case dwarfInfo = "dwarf-info"
    case dwarfTypes = "dwarf-types"
    case dwarfAbbrev = "dwarf-abbrev"
    case dwarfLine = "dwarf-line"
    case dwarfStrOffsets = "dwarf-str-offsets"
    case dwarfAddr = "dwarf-addr"
    case dwarfRnglists = "dwarf-rnglists"
    case dwarfRanges = "dwarf-ranges"
    /// A whole file: every type in its debug information, with its fields, sizes and alignments.
    case types
    /// BTF itself: every type in it.
    case btf
    /// Machine code.
    case isa
    /// What modules carry, and `Module.symvers`.
    case module
    /// A whole file through every rule.
    case audit
    /// A console, in pieces.
    case console
    /// A build file, through the reader of its kind. So for the rest; `toml` is rustup's toolchain file.
    case shell
    case make
    case dockerfile
    case gitlab
    case github
    case jenkins
    case toml

    /// The most bytes that a decompressor may give.
    package static let decompressionLimit = 1 << 22

    /// Feeds it.
    ///
    /// - Parameters:
    ///   - bytes: the damaged bytes.
    ///   - objects: real objects, for the targets that replace one section of them.
    package func run(_ bytes: Bytes, _ objects: [RealObject]) {
        switch self {
        case .elf: readELF(bytes)
        case .container: readContainer(bytes)
        case .dwarfInfo: readDWARF(objects) { $0.info = bytes }
        case .dwarfTypes: readDWARF(objects) { $0.types = bytes }
        case .dwarfAbbrev: readDWARF(objects) { $0.abbrev = bytes }
        case .dwarfLine: readDWARF(objects) { $0.line = bytes }
        case .dwarfStrOffsets: readDWARF(objects) { $0.strOffsets = bytes }
        case .dwarfAddr: readDWARF(objects) { $0.addr = bytes }
        case .dwarfRnglists: readDWARF(objects) { $0.rnglists = bytes }
        case .dwarfRanges: readDWARF(objects) { $0.ranges = bytes }
        case .types: readTypes(bytes)
        case .btf: readBTF(bytes)
        case .isa: readCode(bytes)
        case .module: readModule(bytes)
        case .audit: audit(bytes)
        case .console: readConsole(bytes)
        case .shell: readScript(bytes, "a.sh")
        case .make: readScript(bytes, "Makefile")
        case .dockerfile: readScript(bytes, "Dockerfile")
        case .gitlab: readScript(bytes, ".gitlab-ci.yml")
        case .github: readScript(bytes, ".github/workflows/a.yml")
        case .jenkins: readScript(bytes, "Jenkinsfile")
        case .toml:
            readScript(bytes, "rust-toolchain.toml")
            readScript(bytes, "rust-toolchain")
        }
    }

    /// What fuzzing begins with, out of one real file; empty where the file has nothing for this target. Those that read
    /// text begin with the files in `Fuzz/Seeds`, in the folder of their name.
    package func seeds(_ file: Bytes) -> [Bytes] {
        switch self {
        case .elf, .types, .audit: return RealObject(file) == nil ? [] : [file]
        case .container: return RealObject(file) == nil ? [file] : []
        case .module: return RealObject(file) == nil ? [] : moduleSeeds(file)
        case .btf: return (try? BTFFile(file)) == nil ? [] : [file]
        case .isa: return RealObject(file).map { $0.code } ?? [file]
        default: break
        }
        guard let sections = RealObject(file)?.sections else { return [] }
        switch self {
        case .dwarfInfo: return [sections.info]
        case .dwarfTypes: return [sections.types]
        case .dwarfAbbrev: return [sections.abbrev]
        case .dwarfLine: return [sections.line]
        case .dwarfStrOffsets: return [sections.strOffsets]
        case .dwarfAddr: return [sections.addr]
        case .dwarfRnglists: return [sections.rnglists]
        case .dwarfRanges: return [sections.ranges]
        default: return []
        }
    }
}
