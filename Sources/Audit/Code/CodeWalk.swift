// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import Records
internal import S390xKit

/// One walk over the functions of an image for all rules over machine code; it is made when the first of them asks.
struct CodeWalk: Sendable {
    private let image: Image
    private let options: AuditOptions
    /// By the rule's family. A rule whose visitor can't be made keeps nobody else from the walk.
    private let visitors: SharedValue<[String: Result<any CodeVisitor, any Error>]>

    init(_ rules: [any CodeRule], _ image: Image, _ options: AuditOptions) {
        self.image = image
        self.options = options
        visitors = SharedValue {
            var visitors: [String: Result<any CodeVisitor, any Error>] = [:]
            var families: [String] = []
            var begun: [any CodeVisitor] = []
            for rule in rules where rule.outcomeWithoutCode(image) == nil {
                let family = type(of: rule).family
                do {
                    begun.append(try rule.visitor(image, options))
                    families.append(family)
                } catch {
                    visitors[family] = .failure(error)
                }
            }
            for (family, visitor) in zip(families, try Self.walk(image, begun)) { visitors[family] = .success(visitor) }
            return visitors
        }
    }

    /// What one of the rules comes to.
    func outcome<R: CodeRule>(of rule: R) throws -> RuleOutcome {
        if let outcome = rule.outcomeWithoutCode(image) { return outcome }
        guard let visitor = try visitors.get()[R.family]?.get() as? R.Visitor else {
            preconditionFailure("the walk is not of this rule")
        }
        return try rule.outcome(of: visitor, image, options)
    }

    /// Functions that are read by one worker without asking for more.
    private static let stretch = 256

    /// The visitors when they have seen all functions: the same for any number of workers.
    ///
    /// A stretch of functions is decoded once for all of them. Their other work is begun before: there is less of it, and in
    /// larger pieces.
    static func walk(_ image: Image, _ visitors: [any CodeVisitor]) throws -> [any CodeVisitor] {
        let functions = image.functions.entries
        let space = try image.addressSpace()
        let work = visitors.flatMap(\.otherWork)
        // Copied for each stretch: its tables are made once.
        let blank = DecodedCode(for: visitors.lazy.compactMap(\.sweep).first)
        let stretches = (functions.count + stretch - 1) / stretch
        let seen = try sharedWork(work.count + stretches, jobs: image.jobs, piece: 1) { range -> [any CodeVisitor] in
            let number = range.lowerBound - work.count
            guard number >= 0 else {
                work[range.lowerBound]()
                return []
            }
            var (visitors, code) = (visitors, blank)
            for function in functions.dropFirst(number * stretch).prefix(stretch) {
                let place = space.code(of: function)
                code.read(place?.code ?? .empty)
                for index in visitors.indices { visitors[index].visit(function, code, in: place?.region) }
            }
            for index in visitors.indices { visitors[index].finish() }
            return visitors
        }
        return visitors.enumerated().map { place, visitor in
            merged(visitor, seen.lazy.filter { !$0.isEmpty }.map { $0[place] })
        }
    }

    /// The same for one visitor.
    static func walk<V: CodeVisitor>(_ image: Image, _ visitor: V) throws -> V {
        merged(visitor, try walk(image, [visitor]))
    }

    private static func merged<V: CodeVisitor>(_ first: V, _ others: some Sequence<any CodeVisitor>) -> V {
        var sum = first
        for case let other as V in others { sum.merge(other) }
        return sum
    }
}
