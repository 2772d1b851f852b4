# SPDX-License-Identifier: Apache-2.0
import os

# What is open before anything else is: libraries open files of their own, as libffi does its own.
descriptors = []
for name in sorted(os.listdir("/proc/self/fd"), key=int):
    try:
        target = os.readlink("/proc/self/fd/" + name)
    except OSError:
        continue
    if int(name) > 2 and not target.startswith("/proc/"):
        descriptors.append(target)

import ctypes, errno, json, os, resource, socket
libc = ctypes.CDLL(None, use_errno=True)

def call(name, *arguments):
    ctypes.set_errno(0)
    function = getattr(libc, name, None)
    if function is None:
        return "ENOSYS"
    return "done" if function(*arguments) != -1 else errno.errorcode.get(ctypes.get_errno(), "?")

def number(value, *arguments):
    return call("syscall", ctypes.c_long(value), *arguments)

status = dict(line.rstrip("\n").split(":\t", 1) for line in open("/proc/self/status") if ":\t" in line)
capabilities = {name: value for name, value in status.items() if name.startswith("Cap") and int(value, 16)}
own, mounts = {"self", "thread-self"}, {}
for line in open("/proc/self/mounts"):
    fields = line.split()
    options = fields[3].split(",")
    flags = [option for option in options if option in ("nosuid", "nodev", "noexec")]
    mounts[fields[1]] = " ".join([options[0]] + flags)
writable = []
for folder, folders, files in os.walk("/proc"):
    folders[:] = [name for name in folders if not name.isdigit() and name not in own]
    writable += [p for p in (os.path.join(folder, name) for name in files)
                 if os.access(p, os.W_OK) and not os.path.samefile(p, "/dev/null")]
readable = []
for name in ("kcore", "keys", "key-users", "kmsg", "sched_debug", "slabinfo", "timer_list", "vmallocinfo"):
    try:
        with open("/proc/" + name, "rb", buffering=0) as file:
            os.set_blocking(file.fileno(), False)
            if file.read(1):
                readable.append("/proc/" + name)
    except OSError:
        pass

none = ctypes.c_void_p(0)
calls = {
    "mount": call("mount", b"none", b"/tmp", b"tmpfs", ctypes.c_ulong(0), none),
    "umount2": call("umount2", b"/tmp", 0), "pivot_root": call("pivot_root", b"/", b"/"),
    "chroot": call("chroot", b"/"), "setns": call("setns", -1, 0),
    "unshare(CLONE_NEWUSER)": call("unshare", 0x10000000), "unshare(CLONE_NEWNS)": call("unshare", 0x20000),
    "clone(CLONE_NEWUSER)": call("syscall", ctypes.c_long({"x86_64": 56, "aarch64": 220}.get(os.uname().machine, 120)),
                                 ctypes.c_ulong(0x10000000 | 17), none, none, none, none),
    "init_module": call("init_module", none, ctypes.c_ulong(0), b""),
    "delete_module": call("delete_module", b"none", 0), "reboot": call("reboot", 0),
    "swapon": call("swapon", b"/none", 0), "acct": call("acct", b"/none"),
    "sethostname": call("sethostname", b"x", ctypes.c_size_t(1)),
    "ptrace": call("ptrace", 0, 0, none, none),
    "process_vm_readv": call("process_vm_readv", os.getpid(), none, ctypes.c_ulong(0), none, ctypes.c_ulong(0),
                             ctypes.c_ulong(0)),
    "open_by_handle_at": call("open_by_handle_at", -1, none, 0),
    "fanotify_init": call("fanotify_init", 0, 0), "klogctl": call("klogctl", 10, none, 0),
    "mknod(block)": call("mknod", b"/tmp/block", 0o060600, ctypes.c_ulong(0x0101)),
    "mknod(character)": call("mknod", b"/tmp/character", 0o020600, ctypes.c_ulong(0x0101)),
    "ioctl(TIOCSTI)": call("ioctl", 0, ctypes.c_ulong(0x5412), b"x"),
    # The same on every architecture since Linux 5.1.
    "open_tree": number(428, -100, b"/", 0), "move_mount": number(429, -1, b"", -1, b"", 0),
    "fsopen": number(430, b"tmpfs", 0), "mount_setattr": number(442, -1, b"", 0, none, 0),
    "pidfd_getfd": number(438, -1, 0, 0), "io_uring_setup": number(425, 1, none),
    "clone3": number(435, none, 0), "statmount": number(457, none, none, 0, 0),
    "open_tree_attr": number(467, -1, b"", 0, none, 0),
}
machine = {"x86_64": {"keyctl": 250, "add_key": 248, "request_key": 249, "bpf": 321, "perf_event_open": 298,
                      "userfaultfd": 323, "kexec_load": 246, "kcmp": 312},
           "aarch64": {"keyctl": 219, "add_key": 217, "request_key": 218, "bpf": 280, "perf_event_open": 241,
                       "userfaultfd": 282, "kexec_load": 104, "kcmp": 272},
           "s390x": {"keyctl": 280, "add_key": 278, "request_key": 279, "bpf": 351, "perf_event_open": 331,
                     "userfaultfd": 355, "kexec_load": 277, "kcmp": 343}}
for name, value in machine.get(os.uname().machine, {}).items():
    calls[name] = number(value, 0, none, none, 0, 0)

sockets = {}
for name, family in (("AF_UNIX", 1), ("AF_INET", 2), ("AF_INET6", 10), ("AF_NETLINK", 16), ("AF_PACKET", 17),
                     ("AF_ALG", 38), ("AF_VSOCK", 40), ("AF_KEY", 15), ("AF_BLUETOOTH", 31)):
    try:
        socket.socket(family, socket.SOCK_DGRAM if name != "AF_ALG" else socket.SOCK_SEQPACKET).close()
        sockets[name] = "done"
    except OSError as error:
        sockets[name] = errno.errorcode.get(error.errno, "?")
try:
    environment = open("/proc/1/environ", "rb").read().split(b"\0")
except OSError:
    environment = []
limits = {name: getattr(resource, name) for name in ("RLIMIT_CORE", "RLIMIT_FSIZE", "RLIMIT_NPROC")}
print(json.dumps({
    "capabilities": capabilities, "noNewPrivileges": status.get("NoNewPrivs") == "1",
    "isFiltered": status.get("Seccomp") == "2", "devices": sorted(os.listdir("/dev")), "mounts": mounts,
    "writableOfProc": sorted(writable), "readableOfProc": readable, "calls": calls, "sockets": sockets,
    "processes": sum(name.isdigit() for name in os.listdir("/proc")),
    "environment": sorted({entry.split(b"=")[0].decode(errors="replace") for entry in environment if entry}),
    "limits": {name: max(-1, min(resource.getrlimit(value)[0], 2**53 - 1)) for name, value in limits.items()},
    "interfaces": sorted(line.split(":")[0].strip() for line in open("/proc/net/dev")
                         if ":" in line and line.split(":")[0].strip() != "lo"),
    "descriptors": descriptors}))
