# SPDX-License-Identifier: Apache-2.0
"""Real nodes in network namespaces of their own, behind a switch that loses, delays, doubles, overtakes
and cuts off frames: what TCP makes of that is the system's. Writers and readers at all nodes; what they
are told must be one history, and what writers are told linearizable."""
import os
import re
import signal

from boundaries import Clients
from harness import check, finish, until
from history import History
from linearizable import faults as not_linearizable
from namespaces import NamespaceNetwork, refused

why = refused()
if why:
    print(f"skip - no process may have a network of its own here: {why}")
    finish()


def same(net, what):
    roots = net.roots()
    check(len(set(roots)) == 1, what, roots)


def all_final(history, net, clients, name):
    """At the end, with everything mended and every write answered."""
    for node in range(1, net.nodes + 1):
        for facility in sorted({write.register for write in history.writes}):
            count = sum(write.register == facility for write in history.writes)
            seen = clients.look(node, facility)
            check(seen["boundary_version"] == count + 1, f"{name}: node {node} has the {count} boundaries of {facility} "
                  "that were acknowledged, and no other", seen)
    faults = history.faults()
    check(not faults and not clients.errors,
          f"{name}: {len(history.writes)} writes, {len(history.refusals)} refusals and {len(history.reads)} reads are of "
          "one history", "\n".join(clients.errors + faults[:10]))
    faults = not_linearizable(history)
    check(not faults, f"{name}: the writes and refusals of each facility are linearizable", "\n".join(faults[:3]))


history = History()
with NamespaceNetwork() as net:
    links = net.links
    links.every(delay=0.1, loss=0.01)
    with Clients(net, history) as clients:
        check(clients.progress(8), "200 ms there and back with 1 % loss: writes become final")
        links.muddle(twice=0.05, overtaken=0.05)
        check(clients.progress(4), "frames that come twice and overtake each other, too: writes become final")
        links.muddle()

        links.cut(4, 1)
        check(clients.progress(4), "a link that is cut one way: writes become final")
        links.mend()

        # Node 3 is cut off, and comes back while the others go on.
        links.cut_node(3)
        before = net.status(3)["height"]
        check(clients.progress(6), "one node cut off: the others go on")
        links.mend()
        net.follow(3, net.status(1)["height"])
        check(net.status(3)["height"] > before, "the node that was cut off catches up")

        os.kill(net.pid(2), signal.SIGSTOP)
        check(clients.progress(4), "one node stopped (SIGSTOP): the others go on")
        os.kill(net.pid(2), signal.SIGCONT)
        net.follow(2, net.status(1)["height"])
        net.kill(4)
        check(clients.progress(4), "one node killed: the others go on")
        net.start(4)
        net.follow(4, net.status(1)["height"])
        net.stop(1)
        net.start(1)
        check(clients.progress(4), "one node killed and one stopped in order, both started under loss: writes become final")

        # Two and two: nothing can become final on either side.
        links.cut_apart({1, 2})
        since = history.tick()
        for node, others in ((1, ("verifier", "regulator")), (3, ("mine", "group"))):
            missing = "".join(rf"(?=.*\({other}\)[^\n]*not connected since)" for other in others)
            status, text = until(lambda: (lambda said: said if re.search(missing, said[1], re.S) else None)(
                net.explain(node)), f"node {node} to name the others")
            check(status == 1 and "are in reach and 3 are needed: nothing can become final" in text,
                  f"split in halves: node {node} names who is missing and why nothing commits", text)
        check(not clients.since(since), "split in halves: nothing is acknowledged", clients.since(since))
        links.mend()
        check(clients.progress(4), "the halves join: writes become final")
    links.every()
    same(net, "one state root on all nodes")
    all_final(history, net, clients, "four nodes")
    resent, gaps = (sum(net.tcp(node, name) for node in range(1, 5)) for name in ("RetransSegs", "TCPOFOQueue"))
    check(resent > 0 and gaps > 0, f"the systems resent {resent} segments and received {gaps} behind a gap", links.count)
    check(all(links.count[what] > 0 for what in ("passed", "lost", "twice", "overtaken", "cut off")),
          "the switch: " + ", ".join(f"{count} {what}" for what, count in sorted(links.count.items())), links.count)
finish()
