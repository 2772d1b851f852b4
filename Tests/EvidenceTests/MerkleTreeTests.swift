// SPDX-License-Identifier: Apache-2.0
import Evidence
import Foundation
import Host
import SystemPackage
import TestSupport
import Testing

@Suite struct MerkleTreeTests {
    private static let largest = 70
    private static let leaves = (0..<largest).map { MerkleTree.leaf(Array("entry \($0)".utf8)) }

    /// The definition of RFC 6962 § 2.1, word for word.
    private func root(_ leaves: ArraySlice<MerkleTree.Hash>) -> MerkleTree.Hash {
        if leaves.isEmpty { return Digest(of: [UInt8]()).bytes }
        if leaves.count == 1 { return leaves[leaves.startIndex] }
        var left = 1
        while left * 2 < leaves.count { left *= 2 }
        return MerkleTree.node(root(leaves.prefix(left)), root(leaves.dropFirst(left)))
    }

    /// The leaves and roots that Certificate Transparency's own tests have.
    @Test func `roots are those of the known vectors`() throws {
        let data = [
            "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
        ]
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ]
        let tree = MerkleTree(
            data.map { text in
                MerkleTree.leaf(
                    stride(from: 0, to: text.count, by: 2).compactMap { UInt8(text.dropFirst($0).prefix(2), radix: 16) }
                )
            })
        for (size, root) in roots.enumerated() {
            #expect(tree.root(size).flatMap { Digest(bytes: $0) }?.hexadecimal == root)
        }
    }

    @Test func `every leaf of every small tree has a path, which holds for it alone`() throws {
        let tree = MerkleTree(Self.leaves)
        for size in 0...Self.largest {
            let root = try #require(tree.root(size))
            #expect(root == self.root(Self.leaves.prefix(size)))
            #expect(tree.inclusionPath(of: size, in: size) == nil)
            for index in 0..<size {
                let path = try #require(tree.inclusionPath(of: index, in: size))
                func found(_ leaf: Int, _ index: Int, _ path: [MerkleTree.Hash]) -> Bool {
                    MerkleTree.root(of: Self.leaves[leaf], at: index, in: size, path: path) == root
                }
                #expect(found(index, index, path))
                for other in Set([0, index ^ 1, index + 1, size - 1, size, -1, .max]).subtracting([index]) {
                    #expect(!found(index, other, path), "leaf \(index) of \(size) at \(other)")
                }
                #expect(size == 1 || !found(index == 0 ? 1 : 0, index, path))
                #expect(!found(index, index, path + [root]))
                #expect(path.isEmpty || !found(index, index, path.dropLast()))
                for place in path.indices {
                    var changed = path
                    changed[place][place % 32] ^= 1
                    #expect(!found(index, index, changed))
                    changed[place] = []
                    #expect(!found(index, index, changed))
                }
            }
        }
        #expect(tree.root(Self.largest + 1) == nil && tree.root(-1) == nil)
    }

    @Test func `every small tree is the beginning of every larger one, and of no other`() throws {
        let tree = MerkleTree(Self.leaves)
        var other = MerkleTree(Self.leaves.prefix(3))
        for leaf in Self.leaves.dropFirst(3) { other.append(MerkleTree.leaf(leaf)) }
        for size in 0...Self.largest {
            let new = (size, try #require(tree.root(size)))
            #expect(tree.consistencyProof(from: size + 1, to: size) == nil)
            for old in 0...size {
                let start = (old, try #require(tree.root(old)))
                let proof = try #require(tree.consistencyProof(from: old, to: size))
                #expect(MerkleTree.isConsistent(start, new, proof: proof))
                #expect(!MerkleTree.isConsistent(start, new, proof: proof + [new.1]))
                #expect(proof.isEmpty || !MerkleTree.isConsistent(start, new, proof: proof.dropLast()))
                if old > 3 {
                    let fork = (old, try #require(other.root(old)))
                    #expect(!MerkleTree.isConsistent(fork, new, proof: proof))
                    let theirs = try #require(other.consistencyProof(from: old, to: size))
                    #expect(!MerkleTree.isConsistent(fork, new, proof: theirs))
                }
                for place in proof.indices {
                    var changed = proof
                    changed[place][31] ^= 0x80
                    #expect(!MerkleTree.isConsistent(start, new, proof: changed))
                }
                if old < size {
                    #expect(!MerkleTree.isConsistent(new, start, proof: proof))
                    #expect(old == 0 || !MerkleTree.isConsistent((old, new.1), new, proof: proof))
                }
            }
        }
        let most = (Int.max, Self.leaves[0])
        #expect(!MerkleTree.isConsistent((Int.max - 1, Self.leaves[0]), most, proof: [Self.leaves[1]]))
        #expect(MerkleTree.root(of: Self.leaves[0], at: .max - 1, in: .max, path: [Self.leaves[1]]) == nil)
    }

    private static let hasPymerkle: Bool = {
        let check = Process()
        check.executableURL = URL(filePath: "/usr/bin/env")
        check.arguments = ["python3", "-c", "import pymerkle"]
        check.standardError = FileHandle.nullDevice
        do { try check.run() } catch { return false }
        check.waitUntilExit()
        return check.terminationStatus == 0
    }()

    @Test(.enabled(if: hasPymerkle, "Python's pymerkle 7 is not installed"))
    func `pymerkle has the same roots and paths, and takes the consistency proofs`() async throws {
        let program = """
            import pymerkle, sys
            tree = pymerkle.InmemoryTree(algorithm="sha256")
            for number in range(int(sys.argv[1])):
                tree.append_entry(f"entry {number}".encode())
            for size in range(1, int(sys.argv[1]) + 1):
                print("root", size, tree.get_state(size).hex())
                for index in range(size):
                    path = tree.prove_inclusion(index + 1, size).path
                    print("path", size, index, ",".join(node.hex() for node in path[1:]))
                for old in range(1, size + 1):
                    proof = tree.prove_consistency(old, size)
                    pymerkle.verify_consistency(tree.get_state(old), tree.get_state(size), proof)
                    print("consistency", size, old, tree.get_state(old).hex(), tree.get_state(size).hex())
            """
        let tree = MerkleTree(Self.leaves)
        func text(_ hashes: [MerkleTree.Hash]?) -> String {
            (hashes ?? []).compactMap { Digest(bytes: $0)?.hexadecimal }.joined(separator: ",")
        }
        let lines = try await python(program, "\(Self.largest)").split(separator: "\n").map {
            $0.split(separator: " ", omittingEmptySubsequences: false)
        }
        #expect(lines.count == Self.largest + Self.largest * (Self.largest + 1))
        for line in lines {
            let size = try #require(Int(line[1]))
            switch line[0] {
            case "root": #expect(line[2] == text(tree.root(size).map { [$0] }))
            case "path":
                #expect(line[3] == text(tree.inclusionPath(of: try #require(Int(line[2])), in: size)), "\(line)")
            default:
                // Its proofs have a form of their own; what they join are the same two roots.
                let old = try #require(Int(line[2]))
                func root(_ text: Substring) throws -> MerkleTree.Hash {
                    try #require(Digest(hexadecimal: String(text))).bytes
                }
                let proof = try #require(tree.consistencyProof(from: old, to: size))
                #expect(
                    try MerkleTree.isConsistent((old, root(line[3])), (size, root(line[4])), proof: proof), "\(line)")
            }
        }
    }
}
