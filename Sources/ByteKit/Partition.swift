// SPDX-License-Identifier: Apache-2.0

extension Range<Int> {
    /// The first place, in places of sorted things, from which on a condition holds; the end where it holds nowhere.
    ///
    /// It is asked about places, so that nothing is copied out of an array. Takes as many steps as the count has bits.
    @inlinable public func partitioningIndex(where holds: (Int) -> Bool) -> Int {
        var low = lowerBound
        var high = upperBound
        while low < high {
            let middle = low + (high - low) / 2
            if holds(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
