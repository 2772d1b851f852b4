// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
package import SystemPackage

/// A tree, an object folder and a root as a build leaves them, with as many files as are wanted and nothing in them.
package struct SimulatedBuild {
    package let source: FilePath
    package let objects: FilePath
    package let root: FilePath

    /// Headers that each object reads.
    private static let headersOfObject = 100
    private static let objectsOfFolder = 40

    /// Two of five files are sources, as many objects, the rest headers and archives.
    package init(files: Int, in folder: FilePath) throws {
        source = folder.appending("source")
        objects = folder.appending("objects")
        root = folder.appending("root")
        for program in ["gcc", "ld", "ar", "objcopy"] {
            try Self.write("#!\(program)", root, "usr/bin/s390x-linux-gnu-\(program)")
        }
        for program in ["rm", "xargs"] { try Self.write("#!\(program)", root, "usr/bin/\(program)") }
        try Self.write("Package: binutils\nVersion: 2.44-3\nArchitecture: amd64\n\n", root, "var/lib/dpkg/status")
        try Self.write("/.\n/usr/bin/s390x-linux-gnu-ld\n", root, "var/lib/dpkg/info/binutils.list")
        try Self.write("all:\n", source, "Makefile")
        try Self.write("", source, "Kbuild")
        try Self.write("CONFIG_MODULES=y\n", objects, ".config")
        let count = files * 2 / 5
        let headers = max(1, files - 2 * count - count / Self.objectsOfFolder)
        for number in 0..<headers {
            try Self.write("/* SPDX-License-Identifier: GPL-2.0 */ // \(number)\n", source, Self.header(number))
        }
        var archives: [String] = []
        for start in stride(from: 0, to: count, by: Self.objectsOfFolder) {
            let place = "drivers/folder\(start / Self.objectsOfFolder)"
            let members = (start..<min(start + Self.objectsOfFolder, count)).map { "part\($0).o" }
            for (offset, member) in members.enumerated() {
                let number = start + offset
                let code = "\(place)/part\(number).c"
                try Self.write("// SPDX-License-Identifier: GPL-2.0-only\nint part\(number);\n", source, code)
                try Self.write("object \(number)", objects, "\(place)/\(member)")
                let read = (0..<Self.headersOfObject).map { Self.header(($0 * 67 + number) % headers) }
                try save(
                    "\(place)/\(member)",
                    "s390x-linux-gnu-gcc -nostdinc -I/mnt/src/include -c -o \(place)/\(member) /mnt/src/\(code)",
                    source: "/mnt/src/\(code)", reads: read.map { "/mnt/src/\($0)" })
            }
            let archive = "\(place)/built-in.a"
            try Self.write("archive \(start)", objects, archive)
            try save(archive, Self.archive(archive, members.map { "\(place)/\($0)" }))
            archives.append(archive)
        }
        try Self.write("archive", objects, "built-in.a")
        try save("built-in.a", Self.archive("built-in.a", archives))
        try Self.write("kernel", objects, "vmlinux")
        try save("vmlinux", "s390x-linux-gnu-ld -o vmlinux --whole-archive built-in.a")
        try Self.write("image", objects, "arch/s390/boot/bzImage")
        try save("arch/s390/boot/bzImage", "s390x-linux-gnu-objcopy -O binary vmlinux arch/s390/boot/bzImage")
    }

    private static func header(_ number: Int) -> String { "include/linux/group\(number / 100)/header\(number).h" }

    /// As scripts/Makefile.build has it.
    private static func archive(_ archive: String, _ members: [String]) -> String {
        "rm -f \(archive);  printf \"%s \" \(members.joined(separator: " ")) | xargs s390x-linux-gnu-ar cDPrST \(archive)"
    }

    /// Nothing waits for the disk: it is a hundred thousand files.
    private static func write(_ text: String, _ folder: FilePath, _ path: String) throws {
        let file = "\(folder)/\(path)"
        if !FileManager.default.createFile(atPath: file, contents: Data(text.utf8)) {
            try Files.makeDirectory(FilePath(file).removingLastComponent())
            try Data(text.utf8).write(to: URL(filePath: file))
        }
    }

    private func save(_ target: String, _ command: String, source: String? = nil, reads: [String] = []) throws {
        var text = "savedcmd_\(target) := \(command)\n"
        if let source {
            text += "\nsource_\(target) := \(source)\n\ndeps_\(target) := \\\n"
            text += reads.map { "  \($0) \\\n" }.joined()
        }
        let parts = target.split(separator: "/")
        let name = (parts.dropLast().map(String.init) + [".\(parts.last ?? "").cmd"]).joined(separator: "/")
        try Self.write(text, objects, name)
    }
}
