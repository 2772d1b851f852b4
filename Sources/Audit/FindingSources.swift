// SPDX-License-Identifier: Apache-2.0
internal import DWARFKit
internal import Records

extension Image {
    /// The outcomes with the source line of each finding's address, where the debug information tells it.
    ///
    /// Only the line number tables of units with findings are read.
    func withSources(_ outcomes: [RuleOutcome]) -> [RuleOutcome] {
        guard let dwarf else { return outcomes }
        var wanted: Set<UInt64> = []
        for outcome in outcomes {
            for finding in outcome.findings {
                if let address = finding.location?.address { wanted.insert(address) }
            }
        }
        guard !wanted.isEmpty else { return outcomes }
        let addresses = wanted.sorted().compactMap { address in
            unit(at: address).map { (address: address, unit: $0) }
        }
        let lines = dwarf.sourceLines(of: addresses)
        return outcomes.map { outcome in
            outcome.replacing(
                findings: outcome.findings.map { finding in
                    guard let place = finding.location, let line = place.address.flatMap({ lines[$0] }) else {
                        return finding
                    }
                    return finding.replacing(
                        location: Finding.Location(
                            file: place.file, line: place.line, symbol: place.symbol, address: place.address,
                            source: .init(file: line.file, line: Int(line.line))))
                })
        }
    }
}
