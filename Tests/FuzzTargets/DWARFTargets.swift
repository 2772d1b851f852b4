// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import DWARFKit
internal import ELFKit

extension FuzzTarget {
    func readDWARF(_ objects: [RealObject], _ replace: (inout DWARFSections) -> Void) {
        for object in objects {
            var sections = object.sections
            replace(&sections)
            readDWARF(sections)
        }
    }

    func readTypes(_ bytes: Bytes) {
        guard let file = try? ELFFile(bytes, decompressionLimit: Self.decompressionLimit),
            let sections = try? DWARFSections(file)
        else { return }
        readDWARF(sections)
    }

    private func readDWARF(_ sections: DWARFSections) {
        let file = DWARFFile(sections)
        for unit in file.units.prefix(64) {
            guard let summary = try? file.summary(of: unit) else { continue }
            for text in [summary.producer, summary.name, summary.directory] { _ = try? sections.text(of: text) }
        }
        _ = file.sourceLines(of: file.units.prefix(8).flatMap { unit in [0, 8, 0x100].map { ($0, unit) } })
        guard let scan = try? TypeScan(file, TypeScan.Options(workers: 1, includesFunctions: true)) else { return }
        let reader = TypeReader(file)
        for record in scan.records.prefix(128) {
            _ = try? scan.path(of: record, in: sections)
            _ = try? reader.layout(of: record)
            read(reader.type(at: record.die), of: reader)
        }
    }

    func readBTF(_ bytes: Bytes) {
        guard let file = try? BTFFile(bytes) else { return }
        for record in ((try? file.records()) ?? []).prefix(128) {
            _ = try? file.text(record.name)
            read(record.type, of: file)
        }
    }

    private func read(_ type: TypeReference, of source: some TypeSource) {
        _ = try? source.describe(type)
        _ = try? source.byteSize(of: type)
        guard let layout = try? source.layout(of: type) else { return }
        _ = try? source.naturalAlignment(of: layout, .s390x)
        for field in layout.members.prefix(64) {
            _ = try? source.describe(field.type)
            _ = try? source.byteSize(of: field.type)
        }
    }
}
