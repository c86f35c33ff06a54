# SPDX-License-Identifier: Apache-2.0
"""Bad links between real nodes: every connection goes through a relay in this process that delays what
passes, holds it back now and then as a lost segment would, or lets nothing through in one direction.
The order of bytes stays, as TCP keeps it; nothing needs the rights to change the system's network."""
import asyncio
import os
import random
import re
import threading

from harness import PATIENCE, Network, free_ports, seam

LOST_SEGMENT = 1460  # bytes
RETRANSMIT = 0.2  # seconds until a lost segment comes again


class Link:
    """What happens to bytes on their way from one node to another."""

    def __init__(self):
        self.delay = 0.0  # seconds, one way
        self.loss = 0.0  # share of segments that come late
        self.open = True


class Links:
    """The links of a network, by (from, to), numbers of nodes from 1, and what can be done to them."""

    def __init__(self, nodes, link=Link):
        self.nodes = nodes
        self.link = {(a, b): link() for a in range(1, nodes + 1) for b in range(1, nodes + 1) if a != b}

    def cut(self, sender, receiver):
        self.link[sender, receiver].open = False

    def cut_node(self, node):
        self.cut_apart({node})

    def cut_apart(self, side):
        """Nothing passes between the nodes of a side and the others."""
        for (a, b), link in self.link.items():
            if (a in side) != (b in side):
                link.open = False

    def mend(self):
        for link in self.link.values():
            link.open = True

    def every(self, delay=0.0, loss=0.0):
        for link in self.link.values():
            link.delay, link.loss = delay, loss


class Relays(Links):
    """Links made of relays: a port for each node that dials and each node that is dialled."""

    def __init__(self, nodes, seed=2026):
        super().__init__(nodes)
        self.port = {}
        self.random = random.Random(seed)
        self.passed = 0
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def listen(self, peer_port):
        base = free_ports(self.nodes * self.nodes)
        for a, b in self.link:
            self.port[a, b] = base + (a - 1) * self.nodes + (b - 1)
            asyncio.run_coroutine_threadsafe(self._serve(a, b, peer_port + b - 1), self.loop).result(PATIENCE)

    async def _serve(self, a, b, target):
        async def accept(reader, writer):
            try:
                far_reader, far_writer = await asyncio.open_connection("127.0.0.1", target)
            except OSError:
                writer.close()
                return
            await asyncio.gather(self._carry(self.link[a, b], reader, far_writer),
                                 self._carry(self.link[b, a], far_reader, writer))
        await asyncio.start_server(accept, "127.0.0.1", self.port[a, b])

    async def _carry(self, link, reader, writer):
        queue = asyncio.Queue()

        async def put():
            while True:
                try:
                    data = await reader.read(65536)
                except OSError:
                    data = b""
                late = RETRANSMIT if any(self.random.random() < link.loss
                                         for _ in range(0, len(data), LOST_SEGMENT)) else 0.0
                await queue.put((self.loop.time() + link.delay + late, data))
                if not data:
                    return

        async def take():
            while True:
                due, data = await queue.get()
                await asyncio.sleep(max(0.0, due - self.loop.time()))
                while not link.open:
                    await asyncio.sleep(0.02)
                if not data:
                    break
                try:
                    writer.write(data)
                    await writer.drain()
                    self.passed += len(data)
                except OSError:
                    break
            writer.close()

        await asyncio.gather(put(), take())


class LinkedNetwork(Network):
    """A network whose nodes reach each other through self.links only."""

    def __enter__(self):
        super().__enter__()
        try:
            seam("localnet", "down", "--dir", self.dir)
            self.links = Relays(self.nodes)
            self.links.listen(self.port)
            for node in range(1, self.nodes + 1):
                self._redirect(node)
            status, out, err = seam("localnet", "up", "--dir", self.dir)
            if status != 0:
                raise RuntimeError(f"up: {out}{err}{self.logs()}")
            self.tokens = {}
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def _redirect(self, node):
        path = os.path.join(self.dir, f"node-{node}", "node.yaml")
        with open(path, encoding="utf-8") as handle:
            text = handle.read()

        def relay(match):
            other = int(match.group(1)) - self.port + 1
            return f"- address: 127.0.0.1:{self.links.port[node, other]}"
        text = re.sub(r"- address: 127\.0\.0\.1:(\d+)", relay, text)
        with open(path, "w", encoding="utf-8") as handle:
            handle.write(text)
