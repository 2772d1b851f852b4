// SPDX-License-Identifier: Apache-2.0
import Guest
import Host
import SystemPackage
import Testing

@Suite struct GuestPlanTests {
    private func plan(_ modules: [GuestModule] = []) -> GuestPlan {
        var plan = GuestPlan(kernel: "/k", busybox: "/b")
        plan.modules = modules
        return plan
    }

    @Test func `the command line ends with the caller's arguments`() throws {
        var plan = plan()
        plan.kernelArguments = ["kunit.enable=1", "rdinit=/x"]
        #expect(try plan.commandLine().hasSuffix(" kunit.enable=1 rdinit=/x"))
        #expect(try !plan.commandLine().contains("maxcpus"))
        plan.spareCPUs = 2
        #expect(try plan.commandLine().contains(" maxcpus=2 "))
        plan.spareCPUs = 0
    }

    @Test func `a command line that the kernel would cut is refused`() throws {
        var plan = plan()
        let room = try 895 - plan.commandLine().utf8.count - 1
        plan.kernelArguments = [String(repeating: "x", count: room)]
        #expect(try plan.commandLine().utf8.count == 895)
        plan.kernelArguments = [String(repeating: "x", count: room + 1)]
        let error = #expect(throws: Failure.self) { try plan.commandLine() }
        #expect(error?.code == "guest.command-line")
    }

    @Test(arguments: ["a\nb", "ü", "a\0"])
    func `an argument that is not printable ASCII is refused`(argument: String) {
        var plan = plan()
        plan.kernelArguments = [argument]
        let error = #expect(throws: Failure.self) { try plan.commandLine() }
        #expect(error?.code == "guest.command-line")
    }

    @Test func `a module leaves when nothing needs it any more`() throws {
        let plan = plan([
            GuestModule(name: "base", path: "/base.ko"),
            GuestModule(name: "alone", path: "/alone.ko"),
            GuestModule(name: "middle", path: "/middle.ko", dependencies: ["base"]),
            GuestModule(name: "top", path: "/top.ko", dependencies: ["middle"]),
        ])
        #expect(
            try plan.steps().map(\.title) == [
                "mount /proc", "mount /sys", "mount /dev", "insert base", "insert alone", "remove alone",
                "insert middle", "insert top", "remove top", "remove middle", "remove base", "power off",
            ])
    }

    @Test func `a module gets its parameters when it is inserted`() throws {
        let plan = plan([GuestModule(name: "a", path: "/a.ko", parameters: ["run=0", "text=a b"])])
        let step = try #require(plan.steps().first { $0.title == "insert a" })
        #expect(step.command == ["insmod", "/modules/a.ko", "run=0", "text=a b"])
    }

    @Test func `a module before what it needs is refused`() {
        let plan = plan([
            GuestModule(name: "a", path: "/a.ko", dependencies: ["b"]), GuestModule(name: "b", path: "/b.ko"),
        ])
        let error = #expect(throws: Failure.self) { try plan.steps() }
        #expect(error?.code == "guest.module")
    }

    @Test(arguments: ["", "a b", "a/b", "../x", "x;y", "ü"])
    func `a name that is no module's is refused`(name: String) {
        let plan = plan([GuestModule(name: name, path: "/a.ko")])
        let error = #expect(throws: Failure.self) { try plan.steps() }
        #expect(error?.code == "guest.module")
    }

    @Test func `a module that is there twice is refused`() {
        let module = GuestModule(name: "a", path: "/a.ko")
        let error = #expect(throws: Failure.self) { try plan([module, module]).steps() }
        #expect(error?.code == "guest.module")
    }
}
