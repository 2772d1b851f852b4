// SPDX-License-Identifier: Apache-2.0

/// Finds items of a model, and what they are related to.
package struct CMDBIndex: Sendable {
    private struct Key: Hashable {
        let kind: CMDBModel.Relation.Kind
        let source: CMDBModel.Reference
    }

    private let items: [CMDBModel.Reference: CMDBModel.Item]
    private let targets: [Key: [CMDBModel.Reference]]

    package init(_ model: CMDBModel) {
        items = Dictionary(model.items.map { ($0.reference, $0) }) { first, _ in first }
        targets = Dictionary(grouping: model.relations) { Key(kind: $0.kind, source: $0.source) }
            .mapValues { $0.map(\.target) }
    }

    /// nil for one that is not in the model.
    package subscript(reference: CMDBModel.Reference) -> CMDBModel.Item? { items[reference] }

    /// The first one; nil for none.
    package func target(_ kind: CMDBModel.Relation.Kind, of item: CMDBModel.Item) -> CMDBModel.Reference? {
        targets[Key(kind: kind, source: item.reference)]?.first
    }

    /// What an item is called in sentences.
    package func name(_ reference: CMDBModel.Reference) -> String { items[reference]?.name ?? reference.key }
}
