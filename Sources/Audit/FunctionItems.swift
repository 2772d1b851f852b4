// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import DWARFKit
internal import ELFKit
internal import Records
internal import S390xKit

extension Image {
    /// The functions in the order of their addresses, with what two images are compared by.
    func functionItems() throws -> [FunctionDifference.Item] {
        let entries = functions.entries
        var facts = entries.map { FunctionDifference.Facts(codeSize: $0.end - $0.start) }
        if elf.machine == .s390, !entries.isEmpty {
            for (index, frame) in try FrameRule.facts(of: self).enumerated() {
                facts[index].frame = FrameRule.words(frame.verdict)
                facts[index].isUnwindable = frame.verdict < .unknown
                facts[index].frameSize = frame.frameSize
                facts[index].returnSlot = frame.returnSlot
                facts[index].storesBackchain = frame.traits.contains(.storesBackchain)
            }
            let space = try addressSpace()
            for address in try space.bugAddresses() {
                if let place = functions.place(containing: address) { facts[place].bugEntries += 1 }
            }
            for table in try space.tables("__jump_table") {
                for address in try table.addresses(entry: 16) {
                    if let place = functions.place(containing: address) { facts[place].jumpEntries += 1 }
                }
            }
            for fixup in try space.fixups() {
                if let place = functions.place(containing: fixup.instruction) { facts[place].exceptionEntries += 1 }
            }
        }
        let names = entries.map { functions.function($0).name }
        let counts = names.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
        var units: [Int: String] = [:]
        return entries.indices.map { index in
            var unit: String?
            if counts[names[index]] ?? 0 > 1, let header = self.unit(at: entries[index].start) {
                unit = units[header.index] ?? name(of: header)
                units[header.index] = unit
            }
            return FunctionDifference.Item(name: names[index], unit: unit, facts: facts[index])
        }
    }

    private func name(of unit: UnitHeader) -> String? {
        guard let dwarf, let summary = try? dwarf.summary(of: unit) else { return nil }
        return (try? dwarf.sections.text(of: summary.name)) ?? nil
    }
}

extension AddressSpace.Table {
    /// The address that each entry begins with, as a distance from itself.
    fileprivate func addresses(entry size: Int) throws -> [UInt64] {
        try stride(from: 0, through: bytes.count - size, by: size).map { try relative($0) }
    }
}

extension AddressSpace {
    /// The code that entries of the bug table belong to.
    fileprivate func bugAddresses() throws -> [UInt64] {
        var found: [UInt64] = []
        for table in try tables("__bug_table") {
            found += try table.addresses(entry: BugLayout(of: table, in: self).size)
        }
        return found
    }
}
