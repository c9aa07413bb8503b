"""Sign-in without passwords: a representative or officer signs a challenge and gets a short-lived token.

The token says only which key signed. What that key may see is asked from the projection at every request, so a right
taken away on chain is gone at once.
"""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson
from cryptography.fernet import Fernet, InvalidToken
from eth_account import Account
from eth_account.messages import _hash_eip191_message, encode_defunct
from eth_keys.exceptions import BadSignature
from eth_utils.exceptions import ValidationError as EthValidationError
from sqlalchemy import Engine, delete

from registry_api.chain import Chain
from registry_api.kept import kept_secret
from registry_api.outbox.insertion import insert_new
from registry_api.problems import ProblemError
from registry_api.store import write_transaction
from registry_api.store.outbox_tables import session_challenges
from registry_sdk.codec import contract
from registry_sdk.documents import to_bytes
from registry_sdk.rpc import RpcError

CHALLENGE_SECONDS: Final = 300
TOKEN_SECONDS: Final = 3_600
ERC7913_MAGIC: Final = bytes.fromhex("024ad318")
VERIFY_GAS: Final = hex(2_000_000)
ECDSA_LENGTH: Final = 65
NONCE: Final = "Nonce: "


@dataclass(frozen=True)
class Sessions:
    """Issues and checks challenges and tokens; both are sealed with a key that lies in the service's home.

    A challenge names the registry by its chain, never by what a client says of it, and only the very text that was
    handed out is accepted back.
    """

    engine: Engine
    chain: Chain
    chain_id: int
    box: Fernet = field(repr=False)

    @classmethod
    def open(cls, engine: Engine, chain: Chain, chain_id: int, home: Path) -> "Sessions":
        """With the sealing key in ``home``, made on first use."""
        return cls(engine, chain, chain_id, Fernet(kept_secret(home / "session.key", Fernet.generate_key)))

    def challenge(self, signer: str, now: int) -> tuple[str, int]:
        """Text to sign, and when it lapses (Unix seconds).

        Args:
            signer: ERC-7913 name, 0x text.
        """
        expires = now + CHALLENGE_SECONDS
        body = {"challenge": secrets.token_hex(16), "signer": signer, "expires": expires}
        return self._text(signer, expires, self._seal(body)), expires

    def open_session(self, challenge: str, signature: bytes, now: int) -> tuple[str, int]:
        """Token for a signed challenge. Each challenge opens one session.

        Raises:
            ProblemError: P-12.
        """
        seal = challenge.rpartition(NONCE)[2]
        body = self._unsealed(seal, "challenge", "signer", "expires")
        if body is None or body["expires"] < now or self._text(body["signer"], body["expires"], seal) != challenge:
            raise ProblemError.of("P-12")
        if not self._is_signed(to_bytes(body["signer"]), challenge, signature):
            raise ProblemError.of("P-12")
        self._use_up(body["challenge"], body["expires"], now)
        expires = now + TOKEN_SECONDS
        return self._seal({"token": body["signer"], "until": expires}), expires

    def signer_of(self, token: str, now: int) -> bytes:
        """Who signed in. Raises ProblemError P-03."""
        body = self._unsealed(token, "token", "until")
        if body is None or body["until"] < now:
            raise ProblemError.of("P-03")
        return to_bytes(body["token"])

    def _seal(self, body: dict[str, Any]) -> str:
        return self.box.encrypt(orjson.dumps(body)).decode()

    def _unsealed(self, seal: str, *names: str) -> dict[str, Any] | None:
        """What was sealed, if it is of the kind that has these members."""
        try:
            body: dict[str, Any] = orjson.loads(self.box.decrypt(seal.encode()))
        except (InvalidToken, ValueError):
            return None
        return body if body.keys() == set(names) else None

    def _text(self, signer: str, expires: int, seal: str) -> str:
        until = datetime.fromtimestamp(expires, UTC).isoformat()
        return (
            "碳市场登记系统请您以此密钥登录 The allowance registry asks you to sign in with:\n"
            f"{signer}\n\n"
            "签名不会产生交易或费用。Signing moves no unit and costs nothing.\n\n"
            f"Version: 1\nChain ID: {self.chain_id}\nExpiration Time: {until}\n{NONCE}{seal}"
        )

    def _use_up(self, id_: str, expires: int, now: int) -> None:
        table = session_challenges
        with write_transaction(self.engine) as connection:
            connection.execute(delete(table).where(table.c.expires_at < now))
            if not insert_new(connection, table, {"id": id_, "expires_at": expires}):
                raise ProblemError.of("P-12")

    def _is_signed(self, signer: bytes, text: str, signature: bytes) -> bool:
        message = encode_defunct(text=text)
        if len(signer) == 20:
            if len(signature) != ECDSA_LENGTH:
                return False
            try:
                return bytes.fromhex(Account.recover_message(message, signature=signature)[2:]) == signer
            except (ValueError, BadSignature, EthValidationError):
                return False
        verify = contract("P256Verifier").functions["verify"]
        data = verify.encode(signer[20:], bytes(_hash_eip191_message(message)), signature)
        request = {"to": "0x" + signer[:20].hex(), "data": "0x" + data.hex(), "gas": VERIFY_GAS}
        try:
            result = bytes.fromhex(self.chain.rpc.call("eth_call", request, "latest")[2:])
        except RpcError:
            return False
        return result[:4] == ERC7913_MAGIC
