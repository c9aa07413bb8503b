"""A process that owns a chain and sends from several threads; prints every acknowledged hash. Killed by its test."""

import sys
import threading
from pathlib import Path

from chain_support import SENDERS, chain, raw


def main(home: Path) -> None:
    running = chain(home, snapshot_every=5).start()
    nonces = {
        key.address: int(running.rpc.call("eth_getTransactionCount", key.address, "latest"), 16) for key in SENDERS
    }
    print(f"node {running.node_pid}", flush=True)
    lock = threading.Lock()

    def send(key):
        for nonce in range(nonces[key.address], 10_000):
            (known,) = running.send_raw([raw(key, nonce)])
            with lock:
                print(f"ack {known}", flush=True)

    threads = [threading.Thread(target=send, args=(key,)) for key in SENDERS]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
