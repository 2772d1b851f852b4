// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import KernelTree

struct TextSearchTests {
    @Test func textsAreFoundWhereverThePiecesEnd() {
        let texts = ["/srv/tree", "/srv/objects/6.12", "abab", "/srv"]
        let whole = "..abaabab/srv/objects/6.1/srv/tre/srv/objects/6.12.."
        for size in 1...whole.utf8.count {
            var search = TextSearch(texts)
            var rest = Array(whole.utf8)[...]
            while !rest.isEmpty {
                search.add(Array(rest.prefix(size)))
                rest = rest.dropFirst(size)
            }
            #expect(search.found == ["/srv/objects/6.12", "abab", "/srv"], "pieces of \(size)")
        }
    }

    @Test func whatStandsInTextsOfAFewLettersIsFoundAsTheLibraryFindsIt() {
        var numbers = SystemRandomNumberGenerator()
        func text(_ length: Int) -> String {
            String((0..<length).map { _ in "ab/".randomElement(using: &numbers) ?? "a" })
        }
        for _ in 0..<500 {
            let texts = (0..<3).map { _ in text(.random(in: 1...6)) }
            let whole = text(40)
            var search = TextSearch(texts + [""])
            search.add(Array(whole.utf8.prefix(17)))
            search.add(Array(whole.utf8.dropFirst(17)))
            #expect(search.found == Set(texts.filter { whole.contains($0) }), "\(texts) in \(whole)")
        }
    }
}
