// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import ELFKit
internal import Foundation
internal import Host
internal import Records
internal import S390xKit

/// Makes tools do what an s390 kernel with Rust needs of them, and looks at what comes out.
struct ToolProbes {
    let place: ToolPlace

    private static let target = "--target=s390x-unknown-none-softfloat"
    private static let rustFlags =
        "\(target) -Zpacked-stack -Ctarget-feature=+backchain -Cpanic=abort -Awarnings"

    // MARK: rustc

    /// Packed frames, and the core library where the compiler has its sources.
    func rustCompiler(_ tool: InventoriedTool) async throws -> [Ability] {
        let packed = try await packedRust(tool.path, said: tool.said)
        let stable =
            try await FlagProbe(of: place, path: tool.path)?.stable
            ?? Ability(.stableRust, .unknown, "\(tool.path) can't be started")
        guard let source = tool.rustSource?.path else {
            return [packed, stable, Ability(.core, .no, "the sources of the core library (rust-src) are not there")]
        }
        guard packed.verdict == .yes else {
            return [packed, stable, Ability(.core, .unknown, "not tried, since the compiler lacks -Zpacked-stack")]
        }
        return [packed, stable, try await core(tool, source)]
    }

    /// `said` is what the compiler says of its version.
    func packedRust(_ path: String, said: String) async throws -> Ability {
        // A crate without core; which language items a compiler asks for has changed with its age.
        let script =
            ToolDiscovery.prelude + """
                cat >"$work/new.rs" <<'END'
                #![feature(no_core, lang_items)]
                #![no_core]
                #[lang = "pointee_sized"] pub trait PointeeSized {}
                #[lang = "meta_sized"] pub trait MetaSized: PointeeSized {}
                #[lang = "sized"] pub trait Sized: MetaSized {}
                extern "C" { fn callee(); }
                #[no_mangle] pub unsafe extern "C" fn caller() { callee(); callee(); }
                END
                sed -e '/_sized"/d' -e 's/: MetaSized//' "$work/new.rs" >"$work/old.rs"
                for gate in plain bootstrap; do
                    for crate in new old; do
                        case $gate in plain) unset RUSTC_BOOTSTRAP ;; *) RUSTC_BOOTSTRAP=1; export RUSTC_BOOTSTRAP ;; esac
                        rm -f "$work/o.o"
                        limit 60 \(path.shellQuoted) \(Self.rustFlags) -Copt-level=2 --crate-type=lib \\
                            --emit=obj -o "$work/o.o" "$work/$crate.rs" >"$work/said" 2>&1 </dev/null
                        status=$?
                        if [ $status = 0 ] && [ -s "$work/o.o" ]; then
                            echo "object $gate"; base64 <"$work/o.o"; exit
                        fi
                        grep -q lang_item "$work/said" || [ $status = 124 ] && break
                    done
                done
                echo "failed $status $(grep -m 1 '^error' "$work/said" || line <"$work/said")"
                """
        let answer = try await place.run(script, deadline: .seconds(300))
        guard let (gate, object) = Self.object(answer) else {
            return Ability(.packedRust, .no, Self.failure(answer))
        }
        let with =
            gate == "plain"
            ? (said.contains("nightly") ? "as a nightly compiler" : "as it is") : "with RUSTC_BOOTSTRAP=1"
        return Self.ability(.packedRust, of: object, "-Zpacked-stack is taken \(with)")
    }

    private func core(_ tool: InventoriedTool, _ source: String) async throws -> Ability {
        let script =
            ToolDiscovery.prelude + """
                library=\(source.shellQuoted)/library
                edition=$(sed -n 's/^edition *= *"\\([0-9]*\\)".*/\\1/p' "$library/core/Cargo.toml" | head -n 1)
                RUSTC_BOOTSTRAP=1; export RUSTC_BOOTSTRAP
                limit 300 \(tool.path.shellQuoted) \(Self.rustFlags) "--edition=${edition:-2021}" -Copt-level=0 \\
                    --crate-name core --crate-type rlib --emit=metadata -o "$work/core.rmeta" \\
                    "$library/core/src/lib.rs" >"$work/said" 2>&1 </dev/null
                status=$?
                [ $status = 0 ] && [ -s "$work/core.rmeta" ] && echo done && exit
                echo "failed $status $(grep -m 1 '^error' "$work/said" || line <"$work/said")"
                """
        let answer = try await place.run(script, deadline: .seconds(400))
        return answer.hasPrefix("done")
            ? Ability(.core, .yes, "built from \(source)") : Ability(.core, .no, Self.failure(answer))
    }

    // MARK: GCC

    func cCompiler(_ tool: InventoriedTool) async throws -> [Ability] {
        let script =
            ToolDiscovery.prelude + """
                echo 'void callee(void); void caller(void) { callee(); callee(); }' >"$work/c.c"
                limit 60 \(tool.path.shellQuoted) -m64 -mpacked-stack -mbackchain -msoft-float -O2 -c \\
                    -o "$work/o.o" "$work/c.c" >"$work/said" 2>&1 </dev/null
                status=$?
                if [ $status = 0 ] && [ -s "$work/o.o" ]; then echo 'object plain'; base64 <"$work/o.o"; exit; fi
                echo "failed $status $(grep -m 1 'error' "$work/said" || line <"$work/said")"
                """
        let answer = try await place.run(script, deadline: .seconds(100))
        guard let (_, object) = Self.object(answer) else { return [Ability(.packedC, .no, Self.failure(answer))] }
        return [Self.ability(.packedC, of: object, "-mpacked-stack -mbackchain -msoft-float")]
    }

    // MARK: bindgen

    /// Which libclang it loads, and whether what it writes of some records is right, in the eyes of `rustc`.
    func bindingsGenerator(_ tool: InventoriedTool, rustc: InventoriedTool?) async throws -> (
        InventoriedTool.Library, [Ability]
    ) {
        // Sizes and offsets are bindgen's own, from libclang; that rustc agrees, and that each member is there, is the
        // proof. The first record is declared before it is defined: libclang 22 with bindgen before 0.72.1.
        let script =
            ToolDiscovery.prelude + """
                bindgen=\(tool.path.shellQuoted)
                rustc=\((rustc?.path ?? "").shellQuoted)
                printf '#pragma message("clang version " __clang_version__)\\n' >"$work/v.h"
                limit 60 env LD_DEBUG=libs "$bindgen" "$work/v.h" >/dev/null 2>"$work/error" </dev/null
                library=$(sed -n 's/.*calling init: \\(.*libclang[^ ]*\\)$/\\1/p' "$work/error" | head -n 1)
                [ -n "$library" ] && library=$(readlink -f "$library")
                echo "library $library"
                echo "clang $(sed -n 's/.*clang version \\([0-9][0-9.]*\\).*/\\1/p' "$work/error" | head -n 1)"
                cat >"$work/records.h" <<'END'
                struct later;
                struct later { int number; };
                struct plain { unsigned char tag; unsigned long long number; };
                struct nested { struct plain inner; struct later other; };
                struct bits { unsigned int low : 3, high : 5; };
                END
                cat >"$work/uses.rs" <<'END'
                pub fn later(x: &later) -> i32 { x.number }
                pub fn nested(x: &nested) -> (u8, u64, i32) { (x.inner.tag, x.inner.number, x.other.number) }
                pub fn bits(x: &bits) -> (u32, u32) { (x.low(), x.high()) }
                END
                cat >"$work/packed.h" <<'END'
                struct aligned { int number; } __attribute__((aligned(16)));
                struct holder { char tag; struct aligned inner; } __attribute__((packed));
                struct both { unsigned char tag; unsigned long long number; } __attribute__((packed, aligned(4)));
                END
                for fixture in records packed; do
                    : >"$work/$fixture.rs"
                    limit 60 "$bindgen" --use-core "$work/$fixture.h" -o "$work/$fixture.rs" -- --target=s390x-linux-gnu \\
                        >"$work/said" 2>&1 </dev/null
                    status=$?
                    if [ $status != 0 ]; then
                        echo "$fixture failed $status $(grep -m 1 -i error "$work/said" || line <"$work/said")"; continue
                    fi
                    if [ -z "$rustc" ]; then echo "$fixture unjudged"; continue; fi
                    { echo '#![no_std]'; cat "$work/$fixture.rs"; [ $fixture = packed ] || cat "$work/uses.rs"; } \\
                        >"$work/lib.rs"
                    limit 60 "$rustc" -Awarnings --edition=2021 --crate-type=lib --emit=metadata -o "$work/lib.rmeta" \\
                        "$work/lib.rs" >"$work/said" 2>&1 </dev/null
                    status=$?
                    if [ $status = 0 ]; then echo "$fixture right"
                    else echo "$fixture wrong $(grep -m 1 '^error' "$work/said" || line <"$work/said")"; fi
                done
                """
        let answer = try await place.run(script, deadline: .seconds(400))
        func rest(_ word: String) -> String? {
            answer.split(separator: "\n").first { $0.hasPrefix(word + " ") }.map {
                String($0.dropFirst(word.count + 1))
            }
        }
        func ability(_ kind: Ability.Kind, _ fixture: String, _ right: String) -> Ability {
            let text = rest(fixture) ?? ""
            if text == "right" { return Ability(kind, .yes, right) }
            if text.hasPrefix("wrong ") { return Ability(kind, .no, String(text.dropFirst(6))) }
            if text.hasPrefix("failed ") { return Ability(kind, .no, Self.failure(text)) }
            return Ability(kind, .unknown, "there is no rustc beside it to judge by")
        }
        func optional(_ text: String?) -> String? { text?.isEmpty == false ? text : nil }
        return (
            .init(path: optional(rest("library")), version: optional(rest("clang"))),
            [
                ability(.records, "records", "size, alignment and members of records agree"),
                ability(.packedAligned, "packed", "packed records with alignment are right"),
            ]
        )
    }

    // MARK: llvm-objdump

    func objectReader(_ tool: InventoriedTool, rustc: InventoriedTool?) async throws -> [Ability] {
        guard let rustc else { return [Ability(.objectReading, .unknown, "there is no rustc beside it")] }
        let script =
            ToolDiscovery.prelude + """
                echo '#![no_std] #[no_mangle] pub extern "C" fn answer() -> u32 { 42 }' >"$work/a.rs"
                limit 60 \(rustc.path.shellQuoted) --crate-type=lib --emit=obj -Cdebuginfo=2 -o "$work/a.o" \\
                    "$work/a.rs" >"$work/said" 2>&1 </dev/null || { echo unjudged; exit; }
                limit 60 \(tool.path.shellQuoted) -d "$work/a.o" >"$work/said" 2>&1 </dev/null
                status=$?
                if [ $status = 0 ] && grep -q '<answer>' "$work/said"; then echo right; exit; fi
                echo "failed $status $(line <"$work/said")"
                """
        let answer = try await place.run(script, deadline: .seconds(200))
        if answer.hasPrefix("right") { return [Ability(.objectReading, .yes, "reads what rustc writes")] }
        if answer.hasPrefix("unjudged") { return [Ability(.objectReading, .unknown, "rustc made no object to read")] }
        return [Ability(.objectReading, .no, Self.failure(answer))]
    }

    // MARK: Reading answers

    /// `failed STATUS what it said`.
    private static func failure(_ answer: String) -> String {
        let line = answer.split(separator: "\n").last { $0.hasPrefix("failed ") } ?? "failed 0 no answer"
        let words = line.split(separator: " ", maxSplits: 2)
        if words.count > 1, ["124", "137"].contains(words[1]) { return "it did not end within its time" }
        let text = words.count > 2 ? String(words[2].prefix(300)) : ""
        return text.isEmpty ? "it ended with status \(words.count > 1 ? words[1] : "?") and said nothing" : text
    }

    /// The word behind `object`, and the bytes in base64 on the lines that follow.
    private static func object(_ answer: String) -> (gate: String, bytes: [UInt8])? {
        guard answer.hasPrefix("object ") else { return nil }
        let lines = answer.split(separator: "\n")
        guard let first = lines.first,
            let data = Data(base64Encoded: lines.dropFirst().joined(), options: .ignoreUnknownCharacters)
        else { return nil }
        return (String(first.dropFirst(7)), [UInt8](data))
    }

    private static func ability(_ kind: Ability.Kind, of object: [UInt8], _ note: String) -> Ability {
        do {
            let verdict = try frame(of: object)
            return verdict == .packedWithBackchain
                ? Ability(kind, .yes, "\(note): packed frame with back chain")
                : Ability(kind, .no, "\(note), yet the frame it makes is another: \(verdict)")
        } catch {
            return Ability(kind, .unknown, "\(note), yet the object can't be read: \(error)")
        }
    }

    /// The frame of the function `caller` in an object for s390x.
    private static func frame(of object: [UInt8]) throws -> FrameFacts.Verdict {
        let file = try ELFFile(Bytes(object))
        let symbols = try file.symbols()
        guard file.machine == .s390, let symbol = symbols.first(named: "caller"), let index = symbol.sectionIndex,
            let section = Optional(try file.section(at: index)), let start = Int(exactly: symbol.value),
            let size = Int(exactly: symbol.size)
        else { return .unknown }
        let code = try file.contents(of: section)
        guard start <= code.count, size <= code.count - start else { return .unknown }
        var reader = FrameReader()
        return reader.read(DecodedCode(try code.slice(start, count: size)), address: symbol.value).verdict
    }
}
