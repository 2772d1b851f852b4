// SPDX-License-Identifier: Apache-2.0
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
            for (index, frame) in try CodeWalk.walk(self, FrameVisitor(self)).allFacts().enumerated() {
                facts[index].frame = FrameKind(frame.verdict)
                facts[index].isUnwindable = frame.verdict < .unknown
                facts[index].frameSize = frame.frameSize
                facts[index].returnSlot = frame.returnSlot
                facts[index].storesBackchain = frame.traits.contains(.storesBackchain)
            }
            let space = try addressSpace()
            func count(_ field: WritableKeyPath<FunctionDifference.Facts, Int>, _ addresses: [UInt64]) {
                for place in addresses.compactMap(functions.place(containing:)) { facts[place][keyPath: field] += 1 }
            }
            for table in try space.tables(.bugs) {
                let layout = BugEntry.Layout(of: table, in: space)
                count(\.bugEntries, try layout.entries(of: table).map(\.address))
            }
            for table in try space.tables(.jumps) {
                count(\.jumpEntries, try table.entries(of: JumpEntry.size, JumpEntry.init).map(\.address))
            }
            count(\.exceptionEntries, try space.exceptions().map(\.instruction))
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
