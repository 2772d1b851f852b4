# SPDX-License-Identifier: Apache-2.0
"""Keys, and a time-stamping authority (RFC 3161), made by openssl for a trial."""
import shlex, subprocess

TSA = """
[tsa]
default_tsa = authority
[authority]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
"""


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, stderr=subprocess.DEVNULL)


def pair(folder, name):
    """The files of a new Ed25519 key: the private one, which others may not read, and the public one."""
    private, public = folder / f"{name}.key", folder / f"{name}.pem"
    openssl("genpkey", "-algorithm", "ed25519", "-out", private)
    private.chmod(0o600)
    openssl("pkey", "-in", private, "-pubout", "-out", public)
    return private, public


def time_stamping(folder):
    """A command that answers the bytes of its standard input with a time stamp, and the certificate to trust."""
    folder = folder / "tsa"
    folder.mkdir()
    (folder / "configuration").write_text(TSA.format(folder=folder))
    (folder / "extension").write_text("extendedKeyUsage = critical, timeStamping\n")
    (folder / "serial").write_text("01\n")
    root, days = folder / "root.pem", ["-days", "2"]
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "root.key", "-out", root, "-subj",
            "/CN=root", *days)
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "tsa.key", "-out", folder / "request", "-subj",
            "/CN=time stamps")
    openssl("x509", "-req", "-in", folder / "request", "-CA", root, "-CAkey", folder / "root.key", "-set_serial", "2",
            "-out", folder / "tsa.pem", "-extfile", folder / "extension", *days)
    place = shlex.quote(f"{folder}")
    return (f"openssl ts -query -data /dev/stdin -sha256 -cert -out {place}/query && openssl ts -reply"
            f" -config {place}/configuration -queryfile {place}/query -out {place}/reply && cat {place}/reply", root)
