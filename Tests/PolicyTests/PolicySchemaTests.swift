// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import SystemPackage
import TestSupport
import Testing
import Yams

@testable import Policy

/// Docs/policy.schema.json against what the reader takes.
struct PolicySchemaTests {
    private static let file = RealThings.repository.appending("Docs/policy.schema.json")

    private func object(_ value: Any?) throws -> [String: Any] { try #require(value as? [String: Any]) }

    @Test(
        "the keys of the schema are those that the reader names",
        arguments: [
            ("", "%stages: [{name: s, suites: ['*']}]"), ("person", "people: [{%}]"),
            ("waivers", "stages: [{name: s, suites: ['*']}]\nwaivers: {%}"),
            ("stage", "stages: [{%}]"), ("validation", "stages: [{name: a, suites: [x]}, {name: b, validation: {%}}]"),
            ("ages", "stages: [{name: s, suites: ['*'], ages: {%}}]"),
            ("milestone", "stages: [{name: s, suites: ['*']}]\nmilestones: [{%}]"),
            ("watch", "watch: {%}"), ("tree", "watch: {trees: [{%}]}"),
        ])
    func keys(_ part: String, _ text: String) throws {
        let schema = try object(JSONSerialization.jsonObject(with: Data(try Files.bytes(Self.file))))
        let parts = try object(schema["$defs"])
        let stage = try object(try object(parts["stage"])["properties"])
        let described = try object(part.isEmpty ? schema : parts[part] ?? stage[part])
        #expect(described["additionalProperties"] as? Bool == false)
        let unknown = "zzzzzzzzzzzzzzzzzzzzzzzz: 1" + (part.isEmpty ? "\n" : "")
        let failure = #expect(throws: Failure.self) {
            let bytes = Array(text.replacing("%", with: unknown).utf8)
            if text.hasPrefix("watch") { _ = try PolicyFile.watch(bytes) }
            _ = try PolicyFile.read(bytes)
        }
        let list = try #require(failure?.message.firstMatch(of: #/the keys here are (.*)$/#)?.1)
        #expect(Set(list.split(separator: ", ").map(String.init)) == Set(try object(described["properties"]).keys))
    }

    @Test("a policy that is read is as the schema says, and one with an unknown key is not", .integration)
    func validated() async throws {
        #expect(try await verdict(on: PolicyFile.standard) == "valid")
        let changes = [
            ("people: []", "poeple: []"), ("compilers: [stable]", "compilers: [stabel]"),
            ("approvals: 2", "approvals: two"),
            ("validation: {stage: staging, months: 6}", "validation: {stage: staging}"), ("name: pilot", "name: a b"),
            ("milestones: []", "milestones: [{name: a, day: 2027-05-31, stage: pilot}]"),
        ]
        for (part, wrong) in changes {
            #expect(PolicyFile.standard.contains(part))
            let text = PolicyFile.standard.replacing(part, with: wrong, maxReplacements: 1)
            #expect(throws: Failure.self, "\(wrong)") { try PolicyFile.read(Array(text.utf8)) }
            #expect(try await verdict(on: text).hasPrefix("invalid"), "\(wrong)")
        }
    }

    private func verdict(on policy: String) async throws -> String {
        let node = try #require(try Yams.compose(yaml: policy))
        let json = try JSONSerialization.data(withJSONObject: value(of: node))
        let program = """
            import json, sys
            from jsonschema import Draft202012Validator as Validator
            schema = json.load(open(sys.argv[1]))
            Validator.check_schema(schema)
            errors = list(Validator(schema).iter_errors(json.load(sys.stdin)))
            print("invalid " + errors[0].message[:200] if errors else "valid")
            """
        let read = try await Command(try await SchemaValidator.python(), ["-c", program, Self.file.string])
            .capture(input: String(decoding: json, as: UTF8.self))
        #expect(read.succeeded, "\(read.error)")
        return read.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// As JSON has it: a number where the scalar is one, and a day as a text.
    private func value(of node: Node) -> Any {
        if let mapping = node.mapping {
            return Dictionary(uniqueKeysWithValues: mapping.map { ($0.key.string ?? "", value(of: $0.value)) })
        }
        if let list = node.sequence { return list.map { value(of: $0) } }
        return node.int ?? node.string ?? ""
    }
}
