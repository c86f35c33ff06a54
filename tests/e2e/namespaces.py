# SPDX-License-Identifier: Apache-2.0
"""Nodes in network namespaces of their own, each with an address and an Ethernet device at a switch in
this process (cable.py), so that links are bad below a real TCP stack. The interface of a node listens
on its loopback: who wants to ask it enters its namespace."""
import concurrent.futures
import contextlib
import ctypes
import fcntl
import os
import re
import struct
import subprocess

from cable import ADDRESS, Cable
from harness import Network, seam

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000  # linux/sched.h
TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000  # linux/if_tun.h
DEVICE = "eth0"
libc = ctypes.CDLL(None, use_errno=True)


def _system(status):
    """The status of a call of the C library, or its error."""
    if status != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _here():
    """The network namespace of this thread as a file descriptor."""
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def _ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def _new_device():
    """An Ethernet device in this thread's namespace whose frames this process carries."""
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", DEVICE.encode(), IFF_TAP | IFF_NO_PI))
    return device


@contextlib.contextmanager
def inside(namespace):
    """This thread, and what it starts, is in that namespace meanwhile."""
    home = _here()
    try:
        _system(libc.setns(namespace, CLONE_NEWNET))
        yield
    finally:
        _system(libc.setns(home, CLONE_NEWNET))
        os.close(home)


def _new_namespace(number):
    """(namespace, device) of a node, with its address."""
    home = _here()
    try:
        _system(libc.unshare(CLONE_NEWNET))
        device = _new_device()
        _ip("link", "set", "lo", "up")
        _ip("link", "set", DEVICE, "address", (ADDRESS + bytes([number])).hex(":"))
        _ip("address", "add", f"{address(number)}/24", "dev", DEVICE)
        _ip("link", "set", DEVICE, "up")
        return _here(), device
    finally:
        _system(libc.setns(home, CLONE_NEWNET))
        os.close(home)


def address(number):
    return f"10.77.0.{number}"


def refused():
    """Moves this process, which has one thread, into a user and a network namespace of its own. Why the
    machine does not let it, or None."""
    user, group = os.getuid(), os.getgid()
    try:
        _system(libc.unshare(CLONE_NEWUSER | CLONE_NEWNET))
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as handle:
                handle.write(text)
        _ip("link", "set", "lo", "up")
        namespace, device = _new_namespace(1)
        os.close(namespace)
        os.close(device)
    except (OSError, subprocess.CalledProcessError) as error:
        return error
    return None


class NamespaceNetwork(Network):
    """A network whose nodes reach each other through self.links only."""

    def __init__(self, nodes=4):
        super().__init__(nodes)
        self.links = Cable(nodes)
        self.namespace = {}

    def __enter__(self):
        super().__enter__()
        try:
            self.down()
            for node in range(1, self.nodes + 1):
                self.namespace[node], device = _new_namespace(node)
                self.links.plug(node, device)
                self._move(node)
            with concurrent.futures.ThreadPoolExecutor(self.nodes) as pool:
                for status, out, err in pool.map(self.start, range(1, self.nodes + 1)):
                    if status != 0:
                        raise RuntimeError(f"start: {out}{err}{self.logs()}")
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(self, kind, value, trace):
        super().__exit__(kind, value, trace)
        for namespace in self.namespace.values():
            os.close(namespace)
        self.links.close()

    def down(self):
        seam("localnet", "down", "--dir", self.dir)

    def _move(self, node):
        """From loopback to the addresses of the namespaces."""
        path = os.path.join(self.dir, f"node-{node}", "node.yaml")
        with open(path, encoding="utf-8") as handle:
            text = handle.read()
        text = re.sub(r"(- address:|peer:\n  listen:) 127\.0\.0\.1:(\d+)",
                      lambda found: f"{found[1]} {address(int(found[2]) - self.port + 1)}:{found[2]}", text)
        with open(path, "w", encoding="utf-8") as handle:
            handle.write(text)

    def at(self, node):
        return inside(self.namespace[node])

    def call(self, operation, body, node=1, person="preparer", token=None, member=None, again=True):
        where = self.namespace.get(self.homes[member] if member else node)
        with inside(where) if where is not None else contextlib.nullcontext():
            return super().call(operation, body, node, person, token, member, again)

    def start(self, node):
        with self.at(node):
            return super().start(node)

    def explain(self, node):
        """(exit status, text) of `seam status --explain`."""
        with self.at(node):
            status, out, _ = seam("status", "--explain", token=self.token(node), node=self.url(node))
        return status, out

    def tcp(self, node, name):
        """A counter of the TCP of a node's namespace, by its name in /proc/net/snmp or netstat."""
        with self.at(node):
            for file in ("snmp", "netstat"):
                with open(f"/proc/thread-self/net/{file}", encoding="ascii") as handle:
                    lines = [line.split() for line in handle]
                for names, values in zip(lines[::2], lines[1::2]):
                    if name in names:
                        return int(values[names.index(name)])
        raise KeyError(name)
