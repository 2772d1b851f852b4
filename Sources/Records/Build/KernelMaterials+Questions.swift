// SPDX-License-Identifier: Apache-2.0

extension KernelMaterials {
    /// The index of a file; nil where it is not among them.
    package func index(of path: String, in root: Root) -> Int? {
        var low = 0
        var high = files.count
        while low < high {
            let middle = low + (high - low) / 2
            if Self.precedes((files[middle].root, files[middle].path), (root, path)) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low < files.count && files[low].root == root && files[low].path == path ? low : nil
    }

    package func file(_ path: String, in root: Root) -> File? { index(of: path, in: root).map { files[$0] } }

    /// The order of files: by root, then by the bytes of the path.
    package static func precedes(_ left: (root: Root, path: String), _ right: (root: Root, path: String)) -> Bool {
        left.root == right.root
            ? left.path.utf8.lexicographicallyPrecedes(right.path.utf8) : left.root.rawValue < right.root.rawValue
    }

    /// The steps that read or ran a file.
    package func steps(thatUse file: Int) -> [Step] {
        steps.filter { $0.inputs.contains(file) || $0.ran.contains(file) }
    }

    /// The step that made a file; nil for what nothing made.
    package func step(making file: Int) -> Step? {
        steps.first { $0.output == file || $0.alsoMakes.contains(file) }
    }

    /// The position in `steps` of what made each file.
    package var makers: [Int: Int] {
        var makers: [Int: Int] = [:]
        for (position, step) in steps.enumerated() {
            for file in step.alsoMakes.indices { makers[file] = position }
        }
        for (position, step) in steps.enumerated() { makers[step.output] = position }
        return makers
    }

    /// Every file that content of the output can come from, directly or through others; `makers` are those of all files.
    package func contents(of output: Int, makers: [Int: Int]) -> Set<Int> { contents(of: [output], makers: makers) }

    private func contents(of outputs: [Int], makers: [Int: Int]) -> Set<Int> {
        var seen = Set(outputs)
        var open = outputs
        while let file = open.popLast() {
            guard let position = makers[file] else { continue }
            let step = steps[position]
            guard step.holdsInputs else { continue }
            for input in step.inputs.indices where seen.insert(input).inserted { open.append(input) }
        }
        return seen
    }

    /// Paths in the source tree of the C, assembler, Rust and header files whose content went into an output.
    package var compiled: Set<String> {
        Set(
            contents(of: outputs.indices, makers: makers).lazy.map { files[$0] }.filter {
                $0.root == .source && Self.isCode($0.path)
            }.map(\.path))
    }

    /// Paths of the source tree's code files that nothing needed; nil where they were not looked for.
    package var leftOut: Set<String>? {
        guard let unused else { return nil }
        let read = files.lazy.filter { $0.root == .source && Self.isCode($0.path) }.map(\.path)
        return Set(unused).union(read).subtracting(compiled)
    }

    /// Whether it is a C, assembler, Rust or header file by its ending.
    package static func isCode(_ path: String) -> Bool {
        [".c", ".S", ".rs", ".h"].contains { path.hasSuffix($0) }
    }
}

extension IndexList {
    package func contains(_ index: Int) -> Bool {
        var low = indices.startIndex
        var high = indices.endIndex
        while low < high {
            let middle = low + (high - low) / 2
            if indices[middle] < index { low = middle + 1 } else { high = middle }
        }
        return low < indices.endIndex && indices[low] == index
    }
}
