"""From options to a signed order: drafted, judged, shown, signed, then handed in or written to a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from pydantic import ValidationError

from registry_cli.orders.show import ACCOUNT_FIELDS, order_table
from registry_cli.orders.signatures import check_signatures
from registry_cli.signing.mistakes import Mistake
from registry_cli.signing.options import DAY, VALID_DAYS, Keys, Place
from registry_cli.signing.reading import moment, read_bytes
from registry_sdk.client import Problem
from registry_sdk.deployment import Deployment
from registry_sdk.documents import ORDER_KINDS, Domain, SignedOrder

REGISTER = "P-05"


@dataclass(frozen=True)
class OrderPlace(Place):
    """Where orders go: a service, or with ``--deployment`` nowhere but a file."""

    deployment: Annotated[
        Path | None, typer.Option(help="离线签署：部署文件，不连接服务 sign offline with this deployment file")
    ] = None
    out: Annotated[
        Path | None, typer.Option(help="写入文件，不提交 write the order to this file, do not hand it in")
    ] = None
    timeout: Annotated[float, typer.Option(min=0, help="等待办结的秒数 seconds to wait for the result")] = 120.0

    @property
    def is_offline(self) -> bool:
        return self.deployment is not None

    @property
    def contracts(self) -> Deployment:
        """The contracts, from the file or the service."""
        return Deployment.load(self.deployment) if self.deployment else self.client.contracts


@dataclass(frozen=True)
class OrderDesk:
    """One command's work on one order."""

    place: OrderPlace
    keys: Keys

    def draft(
        self, kind: str, asset: str | None, fields: Mapping[str, Any], nonce: int | None, expiry: str | None
    ) -> SignedOrder:
        """An unsigned order. Raises Mistake: a field is out of range, or offline without ``--nonce``."""
        contracts = self.place.contracts
        spec = ORDER_KINDS[kind]
        account = fields["account"]
        values = {
            "chainId": contracts.chain_id,
            **fields,
            "nonce": self._next_nonce(account) if nonce is None else nonce,
            "expiry": self._expiry(expiry),
        }
        domain = Domain(chain_id=contracts.chain_id, contract=contracts.address(asset or spec.contracts[0]).lower())
        try:
            message = spec.model.model_validate(values)
            return SignedOrder.model_validate({"kind": kind, "domain": domain, "message": message})
        except ValidationError as error:
            raise Mistake(mistakes_of(error)) from None

    def read(self, path: Path) -> SignedOrder:
        """An order from its file, checked as far as that goes without the registry."""
        try:
            order = SignedOrder.model_validate_json(read_bytes(path))
        except ValidationError as error:
            raise Mistake(f"{path.name}: 不是指令文件 not an order file: {mistakes_of(error)}") from None
        contracts = self.place.contracts
        allowed = [contracts.address(name).lower() for name in ORDER_KINDS[order.kind].contracts]
        if {order.domain.chain_id, order.message.chainId} != {contracts.chain_id}:
            raise Mistake.of("O-04", expected=contracts.chain_id, given=order.domain.chain_id)
        if order.domain.contract not in allowed:
            raise Mistake.of("O-16", expected=", ".join(allowed), given=order.domain.contract)
        check_signatures(order, contracts)
        return order

    def process(self, order: SignedOrder) -> dict[str, Any]:
        """Judge, show, sign with the chosen keys, then hand in or write.

        Raises:
            Mistake: an account is unknown, signatures are missing. Nothing was signed.
            Problem: a rule refuses the order. Nothing was signed if it refuses the order as such.
        """
        accounts = {} if self.place.is_offline else self.accounts(order)
        required = accounts[order.message.account]["approvals"] if accounts else None
        expected = len(order.approvals) + len(self.keys.key or [])
        if self.place.out is None and self.place.is_offline:
            raise Mistake("离线签署须给出 --out signing offline needs --out")
        if self.place.out is None and expected != required:
            raise Mistake(
                f"本账户须 {required} 人签字，现为 {expected} 人：以 --key 补足，或以 --out 写入文件交另一代表 "
                f"this account needs {required} signatures, {expected} given: add --key, or --out for the next signer"
            )
        if self.place.out is not None and self.place.out.exists():
            raise Mistake(f"{self.place.out.name}: 已存在，未覆盖 exists already and was left alone")
        if not self.place.is_offline:
            self.judge(order)
        signed = self._sign(order, accounts)
        if self.place.out is not None:
            return self._write(signed, self.place.out, required)
        return self.submit(signed)

    def judge(self, order: SignedOrder) -> dict[str, Any]:
        """What the contract would say about the order, whoever signs it. Raises Problem."""
        found = self.place.client.preview_order(order.kind, order.domain, order.message)
        if not found["valid"]:
            raise Problem(found["refusal"])
        return found

    def submit(self, order: SignedOrder) -> dict[str, Any]:
        """Hand in and wait. Raises Problem."""
        sent = self.place.client.post_order(order)
        return self.place.client.finish(sent["id"], self.place.timeout)

    def accounts(self, order: SignedOrder) -> dict[int, dict[str, Any]]:
        """What the register says about the accounts of the order. Raises Mistake: one is unknown."""
        message = order.message.model_dump()
        if order.kind == "relocate":
            del message["to"]
        return {number: self._account(number) for number in {message[f] for f in ACCOUNT_FIELDS if f in message}}

    def _account(self, number: int) -> dict[str, Any]:
        try:
            return self.place.client.account(number)
        except Problem as problem:
            if problem.rule == REGISTER:
                raise Mistake.of("O-12", account=number) from None
            raise

    def _next_nonce(self, account: int) -> int:
        if self.place.is_offline:
            raise Mistake(
                "离线签署须给出指令序号 --nonce signing offline needs --nonce, the account's next order number"
            )
        return int(self._account(account)["next_nonce"])

    def _expiry(self, given: str | None) -> int:
        if given is not None:
            return moment(given)
        if self.place.is_offline:
            raise Mistake("离线签署须给出有效期 --expiry signing offline needs --expiry")
        return self.place.client.now() + VALID_DAYS * DAY

    def _sign(self, order: SignedOrder, accounts: Mapping[int, dict[str, Any]]) -> SignedOrder:
        contracts = self.place.contracts
        self.keys.files(self.place)
        self.keys.confirm(order_table(order, contracts, accounts))
        for signer in self.keys.open(self.place, contracts.address("p256")):
            order = order.approve(signer)
        check_signatures(order, contracts)
        return order

    def _write(self, order: SignedOrder, path: Path, required: int | None) -> dict[str, Any]:
        path.write_bytes(orjson.dumps(order.model_dump(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        return {
            "id": "0x" + order.digest().hex(),
            "kind": order.kind,
            "account": order.message.account,
            "file": str(path),
            "signatures": len(order.approvals),
            "required": required,
        }


def mistakes_of(error: ValidationError) -> str:
    """What is wrong with a document's fields, without their values."""
    return "; ".join(f"{'.'.join(map(str, e['loc'])) or 'document'}: {e['msg']}" for e in error.errors()[:5])
