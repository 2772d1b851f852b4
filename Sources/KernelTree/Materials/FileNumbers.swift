// SPDX-License-Identifier: Apache-2.0
internal import Records
internal import Synchronization

/// Numbers for the files that a build names, in the order in which they are first named: a kernel's compilations name
/// the same few thousand headers millions of times.
final class FileNumbers: Sendable {
    private struct State {
        var words: [String: Int?] = [:]
        var numbers: [BuildPath: Int] = [:]
        var paths: [BuildPath] = []

        mutating func number(_ path: BuildPath) -> Int {
            if let number = numbers[path] { return number }
            numbers[path] = paths.count
            paths.append(path)
            return paths.count - 1
        }
    }

    private let state = Mutex(State())
    private let roots: BuildRoots

    init(roots: BuildRoots) { self.roots = roots }

    func number(_ path: BuildPath) -> Int { state.withLock { $0.number(path) } }
    func numbers(_ paths: some Sequence<BuildPath>) -> [Int] {
        state.withLock { state in paths.map { state.number($0) } }
    }

    /// Of words of commands and lists; what can't be a file is left out.
    func numbers(ofWords words: [String]) -> [Int] {
        state.withLock { state in
            words.compactMap { word in
                if let known = state.words[word] { return known }
                let number = roots.path(word).map { state.number($0) }
                state.words[word] = .some(number)
                return number
            }
        }
    }

    subscript(number: Int) -> BuildPath { state.withLock { $0.paths[number] } }
    var paths: [BuildPath] { state.withLock { $0.paths } }
}
