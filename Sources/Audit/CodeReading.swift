// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import S390xKit

/// What the rules over machine code want to know of each function. A stretch of functions is decoded once for all of them.
struct CodeReading: Sendable {
    /// What is asked for; nil for what nobody wants.
    struct Wishes: Sendable {
        var frames: FrameRule.Fixups?
        var instructions: InstructionSweep?
        /// Whether branches are counted, and whether unprotected ones are reported.
        var branches: (isWanted: Bool, promised: Bool) = (false, false)
        var staticBranches = false
    }

    var frames = FrameRule.Reading()
    var instructions = InstructionRule.Tally()
    var branches = BranchRule.Tally()
    /// The addresses of static branches that are off.
    var staticBranches: [UInt64] = []

    /// Functions that are read by one worker without asking for more.
    private static let stretch = 256

    /// Of each stretch of functions, in their order. Other work is begun before them: there is less of it, and in larger
    /// pieces.
    static func read(
        _ image: Image, _ wishes: Wishes, beside work: [@Sendable () -> Void] = []
    ) throws -> [CodeReading] {
        let functions = image.functions.entries
        let space = try image.addressSpace()
        let thunks = try image.thunks()
        // Copied for each stretch: their tables are made once.
        let blank = (decoded: DecodedCode(for: wishes.instructions), reader: FrameReader(thunks: thunks))
        let replacements = space.regions.indices.filter { space.regions[$0].name == ".altinstr_replacement" }
        let stretches = (functions.count + stretch - 1) / stretch
        return try sharedWork(work.count + stretches, jobs: image.jobs, piece: 1) { range -> CodeReading? in
            let number = range.lowerBound - work.count
            guard number >= 0 else {
                work[range.lowerBound]()
                return nil
            }
            var reading = CodeReading()
            var (decoded, reader) = blank
            var origins = OriginTable.Cursor()
            for function in functions.dropFirst(number * stretch).prefix(stretch) {
                let place = space.code(of: function)
                decoded.read(place?.code ?? .empty)
                if wishes.staticBranches {
                    StaticBranch.forEach(in: decoded) {
                        reading.staticBranches.append(function.start &+ UInt64($0))
                    }
                }
                if let fixups = wishes.frames {
                    let origin = image.origin(at: function.start, &origins)
                    reading.frames.read(function, decoded, &reader, fixups, origin.language)
                }
                guard let region = place?.region else { continue }
                if let sweep = wishes.instructions {
                    reading.instructions.read(
                        function, decoded, isReplacement: replacements.contains(region), image, sweep)
                }
                if wishes.branches.isWanted {
                    reading.branches.read(
                        function, decoded, thunks, image, &origins, promised: wishes.branches.promised)
                }
            }
            return reading
        }.compactMap { $0 }
    }
}
