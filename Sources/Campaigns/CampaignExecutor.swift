// SPDX-License-Identifier: Apache-2.0
package import Host

/// Where a campaign's steps are done. It says what became of the processes; what became of the steps, their results say.
package protocol CampaignExecutor: Sendable {
    /// Starts those of the ready steps, in their order, for which there is room. Returns their keys.
    func start(_ ready: [CampaignJob]) async throws -> [Digest]
    /// Waits until something may have changed, and tells of every step that was started and has not ended before.
    func look() async throws -> [Digest: CampaignProcess]
    /// Ends what it started, where it can be ended, and returns when it has.
    func cancel() async
}

/// What is known of the process that does a step.
package enum CampaignProcess: Sendable, Hashable {
    case waiting
    case running(node: String)
    /// With its words about the end; whether the step is done, its result says.
    case ended(String)
    /// Another process was at the step.
    case elsewhere
}
