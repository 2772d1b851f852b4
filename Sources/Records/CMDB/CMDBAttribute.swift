// SPDX-License-Identifier: Apache-2.0

/// What a CMDB can know of an item, what is looked for first before the rest.
package enum CMDBAttribute: String, Codable, CodingKeyRepresentable, Hashable, Sendable, CaseIterable {
    // Of machines and kernels.
    case verdict
    case remarks
    case release
    case role = "kernel_role"
    case run
    case runVerdict = "run_verdict"
    case stages
    case refusedBy = "refused_by"
    // Of machines, and of what they run in.
    case place
    case hosts
    case lastSeen = "last_seen"
    case aliases
    case guestName = "guest_name"
    case controlProgram = "control_program"
    case lparNumber = "lpar_number"
    case lparName = "lpar_name"
    case manufacturer
    case type
    case model
    case plant
    case sequenceCode = "sequence_code"
    case facility156 = "facility_156"
    case secureBoot = "secure_boot"
    case taint
    // Of kernels.
    case compilerC = "c_compiler"
    case compilerRust = "rust_compiler"
    case flags = "compiler_flags"
    case command = "build_command"
    case source
    case deviations
    case waivers
    case patches
    case configuration = "configuration_sha256"
    case notes = "kernel_notes_sha256"
    case buildID = "build_id"
    case image = "image_sha256"
    case sourceDigest = "source_sha256"
    case tools
    case lock = "sandbox_lock_sha256"
    // Of deviations and evidence.
    case rule
    case location
    case found
    case state
    case entry
    case entryDigest = "entry_sha256"
    case tool
    case logHead = "log_head"

    /// As people read it.
    package var title: String {
        switch self {
        case .place: "Place"
        case .hosts: "Reached as"
        case .aliases: "Other keys"
        case .manufacturer: "Manufacturer"
        case .type: "Type"
        case .model: "Model"
        case .plant: "Plant"
        case .sequenceCode: "Sequence code"
        case .lparNumber: "LPAR number"
        case .lparName: "LPAR name"
        case .guestName: "Guest name"
        case .controlProgram: "Control program"
        case .verdict: "Verdict on the kernel"
        case .remarks: "Remarks"
        case .facility156: "Facility 156"
        case .secureBoot: "Secure boot"
        case .taint: "Taint"
        case .lastSeen: "Last seen"
        case .release: "Kernel release"
        case .notes: "Kernel notes (SHA-256)"
        case .buildID: "Build identifier"
        case .role: "Kernel role"
        case .image: "Image (SHA-256)"
        case .source: "Source"
        case .sourceDigest: "Source (SHA-256)"
        case .compilerC: "C compiler"
        case .compilerRust: "Rust compiler"
        case .flags: "Unstable compiler flags"
        case .command: "Build command"
        case .configuration: "Configuration (SHA-256)"
        case .tools: "Tools"
        case .lock: "Sandbox lock (SHA-256)"
        case .patches: "Patches"
        case .deviations: "Deviations"
        case .waivers: "Waivers"
        case .stages: "Stages passed"
        case .refusedBy: "Refused now by"
        case .rule: "Rule"
        case .location: "Location"
        case .found: "Found"
        case .state: "State"
        case .run: "Run"
        case .runVerdict: "Verdict of the run"
        case .entry: "Entry"
        case .entryDigest: "Entry (SHA-256)"
        case .tool: "Recorded by"
        case .logHead: "Head of the evidence log"
        }
    }

    /// Whether a value can have several lines.
    package var isLong: Bool { [.tools, .patches, .deviations, .waivers].contains(self) }
}
