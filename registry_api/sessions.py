"""Sign-in without passwords: a representative or officer signs a challenge and gets a short-lived token.

The token says only which key signed. What that key may see is asked from the projection at every request, so a right
taken away on chain is gone at once.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import orjson
from cryptography.fernet import Fernet, InvalidToken
from eth_account import Account
from eth_account.messages import _hash_eip191_message, encode_defunct
from eth_utils.exceptions import ValidationError as EthValidationError
from sqlalchemy import Engine, delete, insert, select

from registry_api.chain import Chain
from registry_api.problems import ProblemError
from registry_api.store import write_transaction
from registry_api.store.outbox_tables import session_challenges
from registry_sdk.codec import contract
from registry_sdk.rpc import RpcError

CHALLENGE_SECONDS: Final = 300
TOKEN_SECONDS: Final = 3_600
ERC7913_MAGIC: Final = bytes.fromhex("024ad318")
VERIFY_GAS: Final = hex(2_000_000)


@dataclass(frozen=True)
class Sessions:
    """Issues and checks challenges and tokens; both are sealed with a key that lies in the service's home."""

    engine: Engine
    chain: Chain
    box: Fernet

    @classmethod
    def open(cls, engine: Engine, chain: Chain, home: Path) -> "Sessions":
        """With the sealing key in ``home``, made on first use."""
        path = home / "session.key"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_bytes(Fernet.generate_key())
        return cls(engine, chain, Fernet(path.read_bytes()))

    def challenge(self, signer: str, host: str, now: int) -> tuple[str, int]:
        """Text to sign, and when it lapses (Unix seconds)."""
        expires = now + CHALLENGE_SECONDS
        body = orjson.dumps({"id": secrets.token_hex(16), "signer": signer, "expires": expires})
        seal = self.box.encrypt(body).decode()
        text = (
            f"{host} 请求您以此密钥登录碳市场登记系统 wants you to sign in to the allowance registry with:\n"
            f"{signer}\n\n"
            "签名不会产生交易或费用。Signing moves no unit and costs nothing.\n\n"
            f"Version: 1\nExpiration Time: {datetime.fromtimestamp(expires, UTC).isoformat()}\nNonce: {seal}"
        )
        return text, expires

    def open_session(self, challenge: str, signature: bytes, now: int) -> tuple[str, int]:
        """Token for a signed challenge. Each challenge opens one session.

        Raises:
            ProblemError: P-12.
        """
        seal = challenge.rpartition("Nonce: ")[2]
        try:
            body = orjson.loads(self.box.decrypt(seal.encode()))
        except (InvalidToken, ValueError):
            raise ProblemError.of("P-12") from None
        signer = bytes.fromhex(body["signer"][2:])
        if (
            body["expires"] < now
            or body["signer"] not in challenge
            or not self._is_signed(signer, challenge, signature)
        ):
            raise ProblemError.of("P-12")
        self._use_up(body["id"], body["expires"], now)
        expires = now + TOKEN_SECONDS
        return self.box.encrypt(orjson.dumps({"signer": body["signer"], "until": expires})).decode(), expires

    def signer_of(self, token: str, now: int) -> bytes:
        """Who signed in. Raises ProblemError P-03."""
        try:
            body = orjson.loads(self.box.decrypt(token.encode()))
            if body["until"] < now:
                raise ProblemError.of("P-03")
            return bytes.fromhex(body["signer"][2:])
        except (InvalidToken, ValueError, KeyError):
            raise ProblemError.of("P-03") from None

    def _use_up(self, id_: str, expires: int, now: int) -> None:
        table = session_challenges
        with write_transaction(self.engine) as connection:
            connection.execute(delete(table).where(table.c.expires_at < now))
            if connection.execute(select(table.c.id).where(table.c.id == id_)).scalar() is not None:
                raise ProblemError.of("P-12")
            connection.execute(insert(table).values(id=id_, expires_at=expires))

    def _is_signed(self, signer: bytes, text: str, signature: bytes) -> bool:
        message = encode_defunct(text=text)
        if len(signer) == 20:
            try:
                return bytes.fromhex(Account.recover_message(message, signature=signature)[2:]) == signer
            except (ValueError, EthValidationError):
                return False
        verify = contract("P256Verifier").functions["verify"]
        data = verify.encode(signer[20:], bytes(_hash_eip191_message(message)), signature)
        request = {"to": "0x" + signer[:20].hex(), "data": "0x" + data.hex(), "gas": VERIFY_GAS}
        try:
            result = bytes.fromhex(self.chain.rpc.call("eth_call", request, "latest")[2:])
        except RpcError:
            return False
        return result[:4] == ERC7913_MAGIC
