// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records
package import Signing

extension VerificationReport {
    /// Looks at the trees of a log whose entries were read: each leaf is its entry's, none is missing between two, and each
    /// tree begins with the entry that names the tree before.
    ///
    /// `digests` are the entries' by number, `keys` those of them that changed a key. With `trusted`, a key that somebody
    /// brought, the log has to be that key's, or that of one that it signed when it was changed; without it, the store's own is used, which proves nothing against who wrote the
    /// file.
    mutating func check(
        _ trees: [LogTree], digests: [Int: Digest], keys: [Int: KeyRecord], trusted: PublicKey? = nil
    ) throws {
        var known: Set<Int> = []
        // Of the key that was given, or of one that it signed.
        var isTrusted = false
        for (number, tree) in trees.enumerated() {
            let first = known.count
            for leaf in tree.leaves {
                known.insert(leaf.sequence)
                if digests[leaf.sequence] == nil {
                    add(.missing, leaf.sequence, "it is in the log's tree, and is not there")
                } else if digests[leaf.sequence] != leaf.digest {
                    add(.altered, leaf.sequence, "its leaf is that of another entry")
                }
            }
            if known.count != first + tree.leaves.count {
                add(.order, nil, "the tree \(tree.origin) has an entry twice")
            }
            guard let key = tree.key else {
                add(.missing, tree.leaves.first?.sequence, "the key of the tree \(tree.origin) is missing")
                isTrusted = false
                continue
            }
            for sequence in try tree.badSignatures(key) {
                add(.altered, sequence, "its leaf is not signed by the log's key")
            }
            let isSigned = number > 0 && check(tree, after: trees[number - 1], keys)
            isTrusted = trusted.map { LogKey.hash(of: $0) == tree.keyHash } ?? false || isTrusted && isSigned
        }
        guard let last = trees.last else {
            unsigned = digests.count
            if let trusted {
                add(.missing, nil, "no entry is signed by the key \(trusted.fingerprint.short), which was given")
            }
            return
        }
        let end = last.leaves.last?.sequence ?? 0
        for sequence in digests.keys.sorted() where !known.contains(sequence) && sequence > 0 {
            if sequence < end { add(.missing, sequence, "its leaf is missing") } else { unsigned += 1 }
        }
        head = last.head()
        earlierHeads = trees.dropLast().compactMap { $0.head() }
        logKey = last.key?.fingerprint
        isLogKeyGiven = isTrusted
        if let trusted, !isTrusted {
            add(.altered, nil, "the log is not that of the key \(trusted.fingerprint.short), which was given")
        }
    }

    /// Returns whether the old tree's key signed the new one.
    private mutating func check(_ tree: LogTree, after old: LogTree, _ keys: [Int: KeyRecord]) -> Bool {
        let change = tree.leaves.lazy.compactMap { leaf in keys[leaf.sequence].map { (leaf.sequence, $0) } }.first {
            $0.1.purpose == .log && $0.1.fingerprint == tree.key?.fingerprint
        }
        guard let (sequence, record) = change,
            record.checkpoint == nil || sequence == tree.leaves.first?.sequence
        else {
            add(.missing, tree.leaves.first?.sequence, "no entry says why the log's key changed here")
            return false
        }
        if record.head != old.head() || record.replaced?.fingerprint != old.key?.fingerprint {
            add(.altered, sequence, "the log before it does not end with the head that it names")
            return false
        }
        return record.replaced?.signature != nil && record.fault == nil
    }

    /// Puts a head beside the log that was verified. `trusted` and `cosigners` are keys that somebody brought.
    ///
    /// Throws `Failure` with code `checkpoint.signature` where the head is not signed by its log's key.
    package mutating func compare(
        _ checkpoint: Checkpoint, from file: String, with trees: [LogTree], trusted: PublicKey? = nil,
        cosigners: [PublicKey] = []
    ) throws {
        let head = checkpoint.head
        let tree = trees.last { $0.origin == head.origin }
        let key = trusted.flatMap { LogKey.origin(LogKey.hash(of: $0)) == head.origin ? $0 : nil }
        if tree != nil || key != nil {
            guard let checked = key ?? tree?.key, checkpoint.isSigned(by: checked) else {
                throw Failure(
                    "checkpoint.signature", "\(file) is not signed by the key of its log",
                    advice: "take the head from where it was kept; this one was changed")
            }
        }
        let verdict = tree?.verdict(on: head) ?? (.foreign, 0, nil)
        heads.append(
            HeadComparison(
                file: file, head: head, verdict: verdict.verdict, difference: verdict.difference, entry: verdict.entry,
                isKeyGiven: key != nil,
                cosigners: cosigners.compactMap { cosigner in
                    checkpoint.cosignature(by: cosigner).map {
                        HeadComparison.Cosigner(fingerprint: cosigner.fingerprint, time: $0.timeText)
                    }
                }))
    }
}
