// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import SystemPackage
import TestSupport
import Testing

@testable import KernelTree

@Suite struct ConfigurationCredentialsTests {
    @Test(arguments: [
        #"CONFIG_MODULE_SIG_KEY="pkcs11:object=k?pin-value=S3CRET""#, #"CONFIG_X="https://me:S3CRET@host/""#,
        #"CONFIG_CMDLINE="root=/dev/dasda1 rd.luks.key=S3CRET""#, #"CONFIG_CMDLINE="password=S3CRET""#,
        #"CONFIG_DEFAULT_PASSWORD="S3CRET""#, #"CONFIG_X="-----BEGIN PRIVATE KEY-----S3CRET""#,
        #"CONFIG_X="{\"token\":\"S3CRET\"}""#,
    ])
    func `a configuration with a credential is refused by the option's name, without the value`(line: String)
        async throws
    {
        try await withTemporaryFolder { folder in
            let file = folder.appending("x.config")
            try AtomicFile.write("CONFIG_64BIT=y\n\(line)\n", to: file)
            let failure = #expect(throws: Failure.self) { try ConfigurationCredentials.refuse(in: [file]) }
            #expect(failure?.code == "configuration.credential")
            let option = try #require(line.split(separator: "=").first)
            #expect(failure?.message.hasPrefix("\(option) in x.config") == true)
            #expect(failure?.description.contains("CRET") == false)
        }
    }

    @Test(arguments: [
        #"CONFIG_MODULE_SIG_KEY="certs/signing_key.pem""#, #"CONFIG_CMDLINE="console=ttyS0 rd.luks.key=/key""#,
        #"CONFIG_MODULE_SIG_KEY="pkcs11:token=label;object=k?pin-source=file:/run/pin""#, "CONFIG_CRYPTO_SECRET=y",
        #"CONFIG_DEFAULT_PASSWORD="""#, #"CONFIG_DEFAULT_HOSTNAME="(none)""#, "# CONFIG_PASSWORD is not set",
        #"CONFIG_CC_VERSION_TEXT="s390x-linux-gnu-gcc (Debian 14.2.0-19) 14.2.0""#,
    ])
    func `other configurations are taken`(line: String) throws {
        try ConfigurationCredentials.refuse(in: DotConfig(line + "\n"), named: "x")
    }

    @Test(.integration) func `the s390 configurations of real kernels are taken`() async throws {
        for version in ["6.12", "7.3"] {
            guard let tree = try? await RealThings.kernelTree(version) else { continue }
            for name in KernelConfiguration.Base.names(in: tree) {
                let text = try #require(tree.text("arch/s390/configs/\(name)"))
                try ConfigurationCredentials.refuse(in: DotConfig(text), named: name)
            }
        }
    }

    /// What a tree's own Kconfig sets shows only in the end.
    @Test(.integration) func `where the finished configuration has one, neither it nor the log stays`() async throws {
        let sandbox = try await RealThings.sandbox()
        try await withTemporaryFolder { folder in
            let makefile =
                SmallTree.makefile + """

                    tinyconfig:
                    \t@echo 'CONFIG_MODULE_SIG_KEY="pkcs11:object=k?pin-value=S3CRET"' > $(O)/.config
                    olddefconfig:
                    \t@cat $(O)/.config

                    """
            let tree = try SmallTree.write(["Makefile": makefile], to: folder.appending("tree"))
            let (objects, log) = (folder.appending("objects"), folder.appending("configuration.log"))
            let failure = await #expect(throws: Failure.self) {
                try await KernelConfiguration(base: .named("tinyconfig"), fragments: []).apply(
                    to: tree, objects: objects, sandbox: sandbox, log: log)
            }
            #expect(failure?.code == "configuration.credential", "\(String(describing: failure))")
            #expect(failure?.description.contains("S3CRET") == false)
            #expect(Files.names(in: folder) == ["tree"])
        }
    }

    /// Nothing of the caller's environment reaches a build.
    @Test(.integration) func `a build step sees no variable but those that are recorded`() async throws {
        let secret = PlantedSecret("environment")
        let sandbox = try await RealThings.sandbox()
        try await withTemporaryFolder { folder in
            let tree = try SmallTree.write([:], to: folder.appending("tree"))
            let objects = folder.appending("objects")
            try Files.makeDirectory(objects)
            let kbuild = Kbuild(tree: tree, objects: objects, compilerCache: nil, sandbox: sandbox)
            var command = kbuild.inSandbox(Command("bash", ["-c", "env; cat /proc/*/environ 2>/dev/null; true"]))
            for name in ["KBUILD_BUILD_USER", "KBUILD_SIGN_PIN", "KCFLAGS", "API_TOKEN"] {
                command.environment?[name] = secret.text
            }
            let outcome = try await command.capture()
            #expect(outcome.output.contains("KBUILD_BUILD_USER=bessemer"), "\(outcome.error)")
            #expect(!secret.isIn(outcome.bytes))
            #expect(!secret.isIn(kbuild.environment.map { "\($0.key)=\($0.value)" }.joined(separator: "\n")))
        }
    }
}
