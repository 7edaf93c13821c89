#!/usr/bin/python3
"""Executes a program as a container runtime does for a user that is not root. Needs root.

Usage: as_container.py kubernetes|docker|without PROGRAM [ARGUMENT]...

  kubernetes  all capabilities dropped, NET_RAW added, allowPrivilegeEscalation: false, as containerd does it
  docker      the same without no-new-privileges: Docker leaves NET_RAW in the bounding set only
  without     all capabilities dropped
"""

import ctypes
import os
import sys

PR_SET_KEEPCAPS, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 8, 24, 38
CAP_NET_RAW = 13
LINUX_CAPABILITY_VERSION_3 = 0x20080522
USER = 65532

libc = ctypes.CDLL(None, use_errno=True)


def call(function, *arguments):
    if function(*arguments) != 0:
        raise OSError(ctypes.get_errno(), f"{function.__name__}{arguments}")


def keep(capabilities):
    """Permitted and effective are `capabilities`; inheritable and ambient are empty, as in containers."""
    header = (ctypes.c_uint32 * 2)(LINUX_CAPABILITY_VERSION_3, 0)
    mask = sum(1 << capability for capability in capabilities)
    call(libc.capset, header, (ctypes.c_uint32 * 6)(mask, mask, 0, 0, 0, 0))


def main(runtime, *command):
    bounding = [] if runtime == "without" else [CAP_NET_RAW]
    with open("/proc/sys/kernel/cap_last_cap", encoding="ascii") as file:
        last = int(file.read())
    for capability in range(last + 1):
        if capability not in bounding:
            call(libc.prctl, PR_CAPBSET_DROP, capability, 0, 0, 0)
    call(libc.prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(USER, USER, USER)
    os.setresuid(USER, USER, USER)
    keep(bounding if runtime == "kubernetes" else [])
    if runtime == "kubernetes":
        call(libc.prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    os.execv(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
