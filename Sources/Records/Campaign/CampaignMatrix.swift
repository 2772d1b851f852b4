// SPDX-License-Identifier: Apache-2.0

/// What a campaign tries: every kernel in every configuration with every toolchain on every machine, without what is
/// excluded.
package struct CampaignMatrix: Codable, Hashable, Sendable {
    /// What a cell is told apart by.
    package enum Axis: String, Codable, CaseIterable, Sendable {
        case kernel, configuration, toolchain, machine
    }

    /// A kernel source by the name it has in reports.
    package struct Kernel: Codable, Hashable, Sendable {
        package let name: String
        /// As `bessemer pilot --kernel` takes it: `6.12`, a folder, a tarball.
        package let source: String
        /// Files that are applied to a copy of it, in order; nil for none.
        package let patches: [String]?

        package init(name: String, source: String, patches: [String]? = nil) {
            self.name = name
            self.source = source
            self.patches = patches
        }
    }

    /// A configuration by the name it has in reports.
    package struct Configuration: Codable, Hashable, Sendable {
        package let name: String
        /// `tinyconfig`, `defconfig`, or a file.
        package let base: String
        /// Files that are merged on top, in order.
        package let fragments: [String]

        package init(name: String, base: String = "tinyconfig", fragments: [String] = []) {
            self.name = name
            self.base = base
            self.fragments = fragments
        }
    }

    package let name: String
    package let kernels: [Kernel]
    package let configurations: [Configuration]
    /// Names of sandboxes.
    package let toolchains: [String]
    /// As `bessemer test --machine` takes them.
    package let machines: [String]
    /// Cells with all the values of one of these are left out.
    package let excluded: [[Axis: String]]
    /// Cells with all the values of one of these stay although they are excluded.
    package let included: [[Axis: String]]
    /// A program that decides each cell in the place of building and booting; nil to build and boot.
    package let command: [String]?
    /// For one boot or one run of the command, in seconds.
    package let timeLimit: Int

    package init(
        name: String, kernels: [Kernel], configurations: [Configuration], toolchains: [String], machines: [String],
        excluded: [[Axis: String]] = [], included: [[Axis: String]] = [], command: [String]? = nil,
        timeLimit: Int = 1800
    ) {
        self.name = name
        self.kernels = kernels
        self.configurations = configurations
        self.toolchains = toolchains
        self.machines = machines
        self.excluded = excluded
        self.included = included
        self.command = command
        self.timeLimit = timeLimit
    }

    /// The names along an axis, in the order in which the matrix has them.
    package func names(_ axis: Axis) -> [String] {
        switch axis {
        case .kernel: kernels.map(\.name)
        case .configuration: configurations.map(\.name)
        case .toolchain: toolchains
        case .machine: machines
        }
    }

    /// The matrix with one value alone along an axis.
    package func only(_ name: String, along axis: Axis) -> CampaignMatrix {
        CampaignMatrix(
            name: self.name, kernels: axis == .kernel ? kernels.filter { $0.name == name } : kernels,
            configurations: axis == .configuration ? configurations.filter { $0.name == name } : configurations,
            toolchains: axis == .toolchain ? [name] : toolchains, machines: axis == .machine ? [name] : machines,
            command: command, timeLimit: timeLimit)
    }

    /// Cells of the whole matrix, before anything is left out.
    package var size: Int {
        Axis.allCases.reduce(1) { $0.multipliedReportingOverflow(by: names($1).count).partialValue }
    }

    /// Cells that a campaign may have.
    package static let most = 10_000

    /// Those that are tried, kernel by kernel, the machines of one build beside each other.
    package var cells: [CampaignCell] {
        kernels.flatMap { kernel in
            configurations.flatMap { configuration in
                toolchains.flatMap { toolchain in
                    machines.map { machine in
                        CampaignCell(
                            kernel: kernel.name, configuration: configuration.name, toolchain: toolchain,
                            machine: machine)
                    }
                }
            }
        }.filter { cell in !excluded.contains(where: cell.has) || included.contains(where: cell.has) }
    }
}

/// One kernel in one configuration by one toolchain on one machine.
package struct CampaignCell: Codable, Hashable, Sendable {
    package let kernel: String
    package let configuration: String
    package let toolchain: String
    package let machine: String

    package init(kernel: String, configuration: String, toolchain: String, machine: String) {
        self.kernel = kernel
        self.configuration = configuration
        self.toolchain = toolchain
        self.machine = machine
    }

    package subscript(axis: CampaignMatrix.Axis) -> String {
        switch axis {
        case .kernel: kernel
        case .configuration: configuration
        case .toolchain: toolchain
        case .machine: machine
        }
    }

    /// Whether it has all these values.
    package func has(_ values: [CampaignMatrix.Axis: String]) -> Bool { values.allSatisfy { self[$0.key] == $0.value } }

    package var text: String { "\(kernel), \(configuration), \(toolchain), \(machine)" }
}
