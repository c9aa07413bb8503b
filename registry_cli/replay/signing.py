"""From an item of the plan to signed calls that anybody could relay."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import singledispatchmethod
from typing import Final

from registry_cli.replay.items import Act, Chunk, Freeze, Item, Order, Report
from registry_cli.replay.people import People
from registry_sdk.acts import ActBuilder
from registry_sdk.calls import Call, act_call, decision_call, order_call, statement_call
from registry_sdk.deployment import Deployment
from registry_sdk.documents import ORDER_KINDS, Domain, ReportMessage, SignedOrder, SignedStatement
from registry_sdk.office import FAR_EXPIRY, TRAINING_GROUND
from registry_sdk.permissions import permission

#: Configuration under which statements are signed: the plan sets the threshold once.
EPOCH: Final = 1
#: Gives the number of an account's next order, and counts on.
NextNumber = Callable[[int], int]


@dataclass(frozen=True)
class Desk:
    """Signs for everybody in the replay."""

    deployment: Deployment
    people: People

    @singledispatchmethod
    def calls(self, item: Item, next_number: NextNumber) -> list[Call]:
        """Calls that carry out an item, signed.

        Raises:
            TypeError: not an item of a plan.
        """
        raise TypeError(f"not an item of a plan: {type(item).__name__}")

    @calls.register
    def _(self, item: Act, next_number: NextNumber) -> list[Call]:
        row = permission(item.contract, item.function)
        builder = ActBuilder(self.deployment)
        built = builder.build(item.contract, item.function, list(item.args), TRAINING_GROUND, FAR_EXPIRY)
        # The builder's salt is random; the plan's number makes every run sign the same act.
        act = built.model_copy(update={"salt": item.salt})
        province = int(item.args[row.scope - 1]) if row.scope else 0
        proposed = act_call(self.deployment, builder.propose(act, self.people.staff.of(row.maker, province, 0)))
        if row.checker is None:
            return [proposed]
        decision = builder.decide(act, True, self.people.staff.of(row.checker, province, 1))
        return [proposed, decision_call(self.deployment, decision)]

    @calls.register
    def _(self, item: Chunk, next_number: NextNumber) -> list[Call]:
        return [item.table.chunk_call(self.deployment, item.number)]

    @calls.register
    def _(self, item: Report, next_number: NextNumber) -> list[Call]:
        signers = (self.people.verifier, self.people.statement_signer(item.province))
        statement = self._statement(item)
        for signer in signers:
            statement = statement.approve(signer)
        return [statement_call(self.deployment, statement)]

    @calls.register
    def _(self, item: Order, next_number: NextNumber) -> list[Call]:
        spec = ORDER_KINDS[item.kind]
        head = {"chainId": self.deployment.chain_id, "account": item.account}
        tail = {"nonce": next_number(item.account), "expiry": FAR_EXPIRY}
        message = spec.model.model_validate({**head, **item.fields, **tail})
        order = SignedOrder(kind=item.kind, domain=self._domain(spec.contracts[0]), message=message)
        return [order_call(self.deployment, order.approve(self.people.representative(item.account)))]

    @calls.register
    def _(self, item: Freeze, next_number: NextNumber) -> list[Call]:
        data = self.deployment.contract("compliance").encode("freezeStatuses", item.year, list(item.accounts))
        return [Call(self.deployment.address("compliance").lower(), data)]

    def _statement(self, item: Report) -> SignedStatement:
        previous = self._statement(item.previous).digest() if item.previous else bytes(32)
        message = ReportMessage(
            chainId=self.deployment.chain_id,
            oracle=self.deployment.address("emissions").lower(),
            epoch=EPOCH,
            account=item.account,
            year=item.year,
            version=item.version,
            tonnes=item.tonnes,
            reportHash="0x" + item.paper.hex(),
            previous="0x" + previous.hex(),
        )
        return SignedStatement(domain=self._domain("emissions"), message=message)

    def _domain(self, contract: str) -> Domain:
        return Domain(chain_id=self.deployment.chain_id, contract=self.deployment.address(contract).lower())
