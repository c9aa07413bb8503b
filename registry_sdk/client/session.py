"""Sign-in with a key: a challenge is signed, the token is kept and renewed when it lapses."""

import threading
from dataclasses import dataclass, field
from typing import Any

import orjson
from eth_account.messages import encode_defunct
from eth_utils.crypto import keccak

from registry_sdk.client.errors import Problem, Unreachable
from registry_sdk.client.transport import Transport, parsed
from registry_sdk.signers import Signer


def challenge_digest(text: str) -> bytes:
    """The 32 bytes to sign for a challenge (EIP-191): can never be an order, which is EIP-712."""
    message = encode_defunct(text=text)
    return keccak(b"\x19" + message.version + message.header + message.body)


@dataclass
class Session:
    """One signed-in key at one service; any number of threads may share it."""

    transport: Transport
    signer: Signer
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _token: str | None = field(default=None, repr=False)

    def open(self) -> dict[str, Any]:
        """Sign in anew: ``{"token", "expires_at"}``.

        Raises:
            Problem: P-12, the service does not accept the signature.
        """
        name = "0x" + self.signer.signer.hex()
        asked = self.transport.send("POST", "/v1/sessions/challenge", content=orjson.dumps({"signer": name}))
        challenge = str(parsed(asked)["challenge"])
        signature = "0x" + self.signer.sign(challenge_digest(challenge)).hex()
        body = orjson.dumps({"challenge": challenge, "signature": signature})
        try:
            # A challenge opens one session: repeating this after a lost answer would be refused.
            return parsed(self.transport.send("POST", "/v1/sessions", content=body, patience=0))
        except Unreachable:
            return self.open_again()

    def open_again(self) -> dict[str, Any]:
        """Wait until the service answers, then sign in once more."""
        self.transport.send("GET", "/health/live")
        return self.open()

    def send(self, path: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """Read what only this key may read; a lapsed token is renewed once."""
        token = self._current(None)
        try:
            return self._send(path, params, token)
        except Problem as problem:
            if problem.rule != "P-03":
                raise
        return self._send(path, params, self._current(token))

    def _send(self, path: str, params: dict[str, Any] | None, token: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"}
        return parsed(self.transport.send("GET", path, params=params, headers=headers))

    def _current(self, lapsed: str | None) -> str:
        with self._lock:
            if self._token is None or self._token == lapsed:
                self._token = str(self.open()["token"])
            return self._token
