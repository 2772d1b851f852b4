// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Signing
import SystemPackage
import TestSupport
import Testing

/// Every state that a process can leave that is killed while it changes a key.
@Suite struct KeyFileTests {
    private func withKeys(
        _ body: (_ file: KeyFile, _ old: PrivateKey, _ new: PrivateKey) throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let (old, new) = (try PrivateKey(generating: .ed25519), try PrivateKey(generating: .ed25519))
            let file = KeyFile(folder.appending("x.key"))
            try old.write(to: file.path)
            try body(file, old, new)
        }
    }

    private func holds(_ file: FilePath, _ key: PrivateKey) -> Bool {
        (try? PrivateKey(file: file))?.publicKey == key.publicKey
    }

    @Test func `a key that was prepared and not recorded is forgotten`() async throws {
        try await withKeys { file, old, new in
            #expect(!file.isUnsettled(old.publicKey))
            try file.prepare(new)
            #expect(file.isUnsettled(old.publicKey) && file.isUnsettled(nil))
            #expect(try !file.settle(old.publicKey))
            #expect(holds(file.path, old) && !Files.exists(file.waiting) && !Files.exists(file.kept(new.publicKey)))
            try file.prepare(new)
            #expect(try !file.settle(nil))
            #expect(holds(file.path, old) && !Files.exists(file.waiting))
        }
    }

    @Test(arguments: ["recorded", "old key kept", "nothing in its place", "kept under its own name", "unreadable"])
    func `a key that was recorded takes the file's place, and no key is lost`(state: String) async throws {
        try await withKeys { file, old, new in
            try file.prepare(new)
            switch state {
            case "old key kept": try old.write(to: file.kept(old.publicKey))
            case "nothing in its place": try Files.rename(file.path, to: file.kept(old.publicKey))
            case "kept under its own name": try Files.rename(file.waiting, to: file.kept(new.publicKey))
            case "unreadable": try AtomicFile.write("x", to: file.path, permissions: AtomicFile.own)
            default: break
            }
            #expect(file.isUnsettled(new.publicKey))
            #expect(try file.key(of: new.publicKey)?.publicKey == new.publicKey)
            #expect(try file.settle(new.publicKey))
            #expect(holds(file.path, new) && !Files.exists(file.waiting))
            if state == "unreadable" {
                #expect(try Files.text(FilePath("\(file.path).unreadable")) == "x")
            } else {
                #expect(holds(file.kept(old.publicKey), old))
                #expect(try file.key(of: old.publicKey)?.publicKey == old.publicKey)
            }
            #expect(try !file.isUnsettled(new.publicKey) && !file.settle(new.publicKey))
        }
    }

    @Test func `a key that is lost stays lost, and a lock keeps a second change out`() async throws {
        try await withKeys { file, old, new in
            #expect(try file.key(of: new.publicKey) == nil)
            #expect(try !file.settle(new.publicKey))
            #expect(holds(file.path, old))
            let lock = try file.lock()
            #expect(throws: Failure.self) { try file.lock() }
            withExtendedLifetime(lock) {}
        }
    }

    @Test func `a key's file is not written over, also by two at the same time`() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending("x.key")
            let keys = try (0..<8).map { _ in try PrivateKey(generating: .ed25519) }
            let written = await withTaskGroup(of: Bool.self) { group in
                for key in keys { group.addTask { (try? key.write(to: file)) != nil } }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(written == 1)
            #expect(keys.contains { holds(file, $0) })
            #expect(Files.names(in: folder) == ["x.key"])
        }
    }
}
