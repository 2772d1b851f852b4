# SPDX-License-Identifier: Apache-2.0
"""The auditor's machine: a root file system of Debian 13 with its own tools, and Python packages by their SHA-256."""
import hashlib, os, pathlib, platform, shutil, subprocess, sys
import mirror

SUITE = "trixie"
PACKAGES = ["cosign", "openssl", "python3", "python3-venv", "sigsum-go", "zstd"]
# Of the suite's Python; pip picks wheels by it.
PYTHON = "3.13"
GLIBC = 41
ENVIRONMENTS = {"level1": "auditor.requirements.txt", "oscal": "auditor-oscal.requirements.txt"}


class Root:
    def __init__(self, folder):
        self.folder = folder
        self.python, self.trestle = "/opt/level1/bin/python", "/opt/oscal/bin/trestle"

    def run(self, command, read={}, write={}, writable=False, **options):
        """Runs a command without a network; files and folders of the host stand below /mnt by the names given."""
        isolation = ["bwrap", "--unshare-all", "--die-with-parent", "--clearenv",
                     "--setenv", "PATH", "/usr/sbin:/usr/bin:/sbin:/bin", "--setenv", "HOME", "/tmp",
                     "--setenv", "LC_ALL", "C.UTF-8", "--bind" if writable else "--ro-bind", self.folder, "/",
                     "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", "/mnt"]
        for kind, files in [("--ro-bind", read), ("--bind", write)]:
            for name, path in files.items():
                isolation += [kind, path.resolve(), f"/mnt/{name}"]
        return subprocess.run([*isolation, "--chdir", "/tmp", "--", *command], **options)


def install(folder):
    """Debian's packages, from the host's own mirror. It goes through tar, so that who is not root owns the files."""
    root = folder / "root"
    root.mkdir()
    make = subprocess.Popen(
        ["mmdebstrap", "--quiet", "--variant=minbase", "--format=tar", f"--include={','.join(PACKAGES)}",
         "--keyring=/usr/share/keyrings/debian-archive-keyring.gpg", SUITE, "-", mirror.address()],
        stdout=subprocess.PIPE)
    subprocess.run(["tar", "--extract", "--no-same-owner", "--exclude=./dev/*", "--directory", root],
                   stdin=make.stdout, check=True)
    if make.wait() != 0:
        sys.exit("auditor: mmdebstrap could not make the root file system")
    return Root(root)


def wheels(folder, requirements):
    """Python packages, by the host's pip and its configuration; each has to have the SHA-256 that is locked."""
    tool = folder / "pip"
    if not tool.exists():
        subprocess.run([sys.executable, "-m", "venv", tool], check=True)
    platforms = [f"manylinux_2_{minor}_{platform.machine()}" for minor in range(GLIBC, 16, -1)]
    platforms += [f"manylinux2014_{platform.machine()}"]
    subprocess.run(
        [tool / "bin/pip", "download", "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:",
         "--implementation", "cp", "--python-version", PYTHON, *(f"--platform={name}" for name in platforms),
         "--dest", folder / "wheels", "--requirement", requirements], check=True)


def provide(locks):
    """The root of these locks, made where it is not there."""
    requirements = {name: locks / file for name, file in ENVIRONMENTS.items()}
    identity = hashlib.sha256(repr((SUITE, PACKAGES, platform.machine())).encode())
    for file in requirements.values():
        identity.update(file.read_bytes())
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "bessemer/auditor"
    made = cache / identity.hexdigest()
    if made.exists():
        return Root(made / "root")
    partial = cache / f"{made.name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    print(f"auditor: making a root file system of {SUITE}", file=sys.stderr, flush=True)
    root = install(partial)
    for name, file in requirements.items():
        wheels(partial, file)
        root.run(["sh", "-euc", f"""
            python3 -m venv /opt/{name}
            /opt/{name}/bin/pip install --quiet --no-index --require-hashes --find-links /mnt/wheels -r /mnt/requirements
        """], read={"wheels": partial / "wheels", "requirements": file}, writable=True, check=True)
    for name in ["pip", "wheels"]:
        shutil.rmtree(partial / name)
    for old in cache.iterdir():
        if old != partial:
            shutil.rmtree(old)
    partial.rename(made)
    return Root(made / "root")
