// SPDX-License-Identifier: Apache-2.0

/// How a program's command line says which files it reads.
enum ProgramRule: Sendable {
    /// It reads none of what its words name: `echo`, `rm`.
    case nothing
    /// Each word that is a file is read, unless the command makes it.
    case operands
    /// The compiler notes what it reads (`deps_…`); its operands are read as well.
    case compiler
    /// The first operand is a script, which is run.
    case interpreter
    /// Its operands are a command.
    case wrapper

    /// The rule of a program; nil where there is none.
    static func named(_ name: String) -> ProgramRule? {
        rules[base(of: name)]
    }

    /// `ld` of `s390x-linux-gnu-ld`, `gcc` of `gcc-14`, `ld` of `ld.bfd`.
    static func base(of name: String) -> String {
        let last = name.split(separator: "/").last.map(String.init) ?? name
        if rules[last] != nil { return last }
        var parts = last.split(separator: "-")
        if parts.count > 1, parts.last.map({ $0.allSatisfy { $0.isNumber || $0 == "." } }) == true {
            parts.removeLast()
        }
        return parts.last?.split(separator: ".").first.map(String.init) ?? last
    }

    /// Whether it puts what it reads into what it makes; others say something about it.
    static func isDescribing(_ name: String) -> Bool { describing.contains(base(of: name)) }
    static func isMaking(_ name: String) -> Bool { making.contains(base(of: name)) }

    private static let describing: Set<String> = ["genksyms", "kallsyms", "modpost", "nm", "objdump", "readelf"]
    private static let making: Set<String> = [
        "ar", "as", "bindgen", "cat", "clang", "cp", "cpp", "dd", "gcc", "cc", "ld", "lld", "objcopy", "rustc", "strip",
    ]

    private static let rules: [String: ProgramRule] = {
        let families: KeyValuePairs<ProgramRule, String> = [
            .nothing:
                "[ : basename cd chmod command date dirname echo exit export expr false make mkdir mv nproc printf pwd "
                + "return rm rmdir set sleep test touch true uname unset",
            .operands:
                "ar as awk base64 bc bison bzip2 cat cmp comm cp cpio cut dd diff egrep fgrep find flex gawk grep gzip "
                + "head kmod ld lld ln lz4 lz4c lzma lzop m4 mawk md5sum nm objcopy objdump od openssl pahole paste "
                + "ranlib readelf readlink sed sha1sum sha256sum size sort stat strip tac tail tar tee tr uniq wc xxd "
                + "xz yacc zstd",
            .compiler: "bindgen cc clang cpp gcc rustc rustdoc",
            .interpreter: "bash dash perl python python3 sh",
            .wrapper: "env exec nice time xargs",
        ]
        return Dictionary(
            families.flatMap { rule, names in names.split(separator: " ").map { (String($0), rule) } }
        ) { first, _ in first }
    }()
}
