"""From arguments to a proposed act: checked, shown, signed, handed in, waited for."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from registry_cli.officers.arguments import account_numbers, arguments
from registry_cli.officers.show import STATES, act_json, act_table
from registry_cli.signing.mistakes import Mistake
from registry_cli.signing.options import OneKey, Place
from registry_cli.signing.reading import paper_hash
from registry_sdk.acts import ActBuilder
from registry_sdk.client import Problem
from registry_sdk.codec import Function
from registry_sdk.documents import ActMessage, Ground
from registry_sdk.permissions import permission, permissions

MAX_REASON = 2**16 - 1
#: More accounts than this are looked up as one list.
ONE_BY_ONE = 50


@dataclass(frozen=True)
class Proposer(OneKey):
    """What every proposal needs: the ground, and the maker's key."""

    reason: Annotated[int | None, typer.Option(min=1, max=MAX_REASON, help="事由代码 reason code")] = None
    paper: Annotated[
        str | None,
        typer.Option(help="文书：文件（取其字节的 keccak256）或哈希 paper: a file, keccak256 of its bytes, or a hash"),
    ] = None
    timeout: Annotated[float, typer.Option(min=0, help="等待办结的秒数 seconds to wait for the result")] = 120.0


@dataclass(frozen=True)
class ActDesk:
    """One command's work on acts."""

    place: Place
    officer: Proposer

    def propose(self, contract: str, function: str, given: Any) -> dict[str, Any]:
        """One act from arguments as a person writes them."""
        return self.propose_all(contract, function, [given])

    def propose_all(
        self, contract: str, function: str, many: Iterable[Any], notes: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """Acts of one function, each with its own arguments, all read and signed before the first is handed in.

        Returns:
            ``{"acts": [...]}``, each with id, state and what it still needs.

        Raises:
            Mistake: the input cannot be used; nothing was signed. Problem: a rule refuses.
        """
        abi = self.function(contract, function)
        values = [arguments(abi, given) for given in many]
        ground = self._ground()
        self.require_accounts({number for each in values for number in account_numbers(abi, each)})
        contracts = self.place.client.contracts
        builder = ActBuilder(contracts)
        expiry = self.officer.until(self.place.client.now)
        acts = [builder.build(contract, function, each, ground, expiry) for each in values]
        self.officer.files(self.place)
        self.officer.confirm(Group(*(act_table(contracts, act, notes) for act in acts)))
        maker = self.officer.signer(self.place)
        signed = [builder.propose(act, maker) for act in acts]
        for each in signed:
            self.place.client.finish(self.place.client.post_act(each)["id"], self.officer.timeout)
        return {"acts": [self._outcome(each.message) for each in signed]}

    def function(self, contract: str, function: str) -> Function:
        """A function the permission table opens. Raises Mistake with what is open."""
        try:
            permission(contract, function)
        except KeyError:
            rows = [row for row in permissions() if row.contract == contract] or list(permissions())
            known = ", ".join(f"{row.contract}.{row.function}" for row in rows)
            raise Mistake(
                f"{contract}.{function}: 权限表未开放 is not open to officers. 可用 open are: {known}"
            ) from None
        return self.place.client.contracts.contract(contract).functions[function]

    def require_accounts(self, numbers: set[int]) -> None:
        """Refuse unknown account numbers (O-12)."""
        client = self.place.client
        if len(numbers) > ONE_BY_ONE:
            missing = numbers - {row["number"] for row in client.accounts()}
        else:
            missing = {number for number in numbers if not self._exists(number)}
        if missing:
            raise Mistake.of("O-12", account=min(missing))

    def _exists(self, number: int) -> bool:
        try:
            self.place.client.account(number)
        except Problem as problem:
            if problem.status == 404:
                return False
            raise
        return True

    def _ground(self) -> Ground:
        if not self.officer.reason or not self.officer.paper:
            raise Mistake("须给出 --reason 与 --paper give --reason and --paper")
        return Ground(reason=self.officer.reason, paper=paper_hash(self.officer.paper))

    def _outcome(self, act: ActMessage) -> dict[str, Any]:
        decoded = act_json(self.place.client.contracts, act)
        state = self.place.client.act(decoded["id"])["state"]
        needs = decoded["checker_role"] if state == "PROPOSED" else None
        return decoded | {"state": state, "needs": needs}


def outcome_table(body: dict[str, Any]) -> Table:
    """What became of proposals."""
    table = Table("事项 act", "状态 state", "尚需 still needs")
    table.add_column("编号 id", overflow="fold")
    for act in body["acts"]:
        table.add_row(Text(f"{act['zh']} {act['en']}"), STATES[act["state"]], act["needs"] or "—", act["id"])
    return table
