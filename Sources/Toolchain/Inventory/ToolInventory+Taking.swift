// SPDX-License-Identifier: Apache-2.0
package import Host
package import Records

extension ToolInventory {
    /// Finds the tools of a place, and makes those that matter show what they can do.
    ///
    /// The core library is built for each compiler that can, which takes about 20 s of a processor. Throws `Failure`
    /// with code `inventory.shell`, and `CancellationError`.
    package static func take(of place: ToolPlace, progress: @escaping ProgressSink) async throws -> ToolInventory {
        progress(WorkProgress("looking for tools: \(place.name)"))
        let tools = try await ToolDiscovery(place: place).tools()
        let probes = ToolProbes(place: place)
        let working = tools.filter { $0.answer == .version }
        let judge = working.first { $0.role == .rustCompiler }
        let probed = working.filter {
            [.rustCompiler, .cCompiler, .bindingsGenerator, .llvmObjdump].contains($0.role)
        }
        // As many at a time as most machines have processors to spare.
        let atOnce = 2
        var results: [InventoriedTool] = []
        try await withThrowingTaskGroup(of: InventoriedTool.self) { group in
            var waiting = probed[...]
            func start() {
                guard let tool = waiting.popFirst() else { return }
                group.addTask { try await probes.probed(tool, judge: judge) }
            }
            for _ in 0..<atOnce { start() }
            while let tool = try await group.next() {
                results.append(tool)
                progress(
                    WorkProgress(
                        "trying tools: \(place.name)", done: results.count, total: probed.count, detail: tool.path))
                start()
            }
        }
        return ToolInventory(
            location: place.name, tools: tools.map { tool in results.first { $0.path == tool.path } ?? tool },
            isOnPath: place.folders.isEmpty)
    }
}

extension ToolProbes {
    /// The tool with what it can do; `judge` is a Rust compiler that works.
    fileprivate func probed(_ tool: InventoriedTool, judge: InventoriedTool?) async throws -> InventoriedTool {
        var tool = tool
        switch tool.role {
        case .rustCompiler: tool.abilities = try await rustCompiler(tool)
        case .cCompiler: tool.abilities = try await cCompiler(tool)
        case .bindingsGenerator: (tool.libclang, tool.abilities) = try await bindingsGenerator(tool, rustc: judge)
        case .llvmObjdump: tool.abilities = try await objectReader(tool, rustc: judge)
        default: break
        }
        return tool
    }
}
