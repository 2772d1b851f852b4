// SPDX-License-Identifier: Apache-2.0
package import Records

extension RollbackDrill {
    /// About the images of both kernels. The predicate is the record itself.
    package var statement: InTotoStatement<RollbackDrill> {
        InTotoStatement(
            TypeURI.drill,
            about: kernels.map {
                ResourceDescriptor(name: "\($0.role.rawValue)/arch/s390/boot/bzImage", sha256: $0.image.sha256)
            }, self)
    }
}
