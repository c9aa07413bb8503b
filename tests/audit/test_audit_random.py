"""Whatever people and officers do, in whatever order, the events tell exactly what the contracts hold."""

from collections.abc import Callable
from typing import Any

from audit_year import NEW_BATCH, OTHER, YEAR, Year, act, relay
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.world import DAY

from registry_sdk.audit import audit
from registry_sdk.carrier import Refused
from registry_sdk.reader import AccountStatus

accounts = st.sampled_from(["plant", "mill", "trader", "late"])
units = st.sampled_from([OTHER, YEAR, 2026])
quantities = st.sampled_from([0, 1, 7, 40, 300, 2000])
lock_ids = st.integers(1, 14)
places = st.sampled_from([0, 1])
Step = Callable[[Year], None]


def order(kind: str, account: str, **fields: Any) -> Step:
    def step(year: Year) -> None:
        named = {
            k: getattr(year, v) if k in ("to", "beneficiary") and isinstance(v, str) else v for k, v in fields.items()
        }
        year.world.do(kind, getattr(year, account), **named)

    return step


def acted(contract: str, function: str, *args: Any) -> Step:
    def step(year: Year) -> None:
        act(year.world, contract, function, *(getattr(year, a) if isinstance(a, str) else a for a in args))

    return step


def frozen(account: str, status: int) -> Step:
    return lambda year: year.world.freeze(AccountStatus(status), getattr(year, account))


steps: st.SearchStrategy[Step] = st.one_of(
    st.builds(lambda a, b, u, q: order("transfer", a, to=b, unit=u, quantity=q), accounts, accounts, units, quantities),
    st.builds(lambda a, u, q, p: order("relocate", a, unit=u, quantity=q, to=p), accounts, units, quantities, places),
    st.builds(
        lambda a, u, q: order("cancel", a, unit=u, quantity=q, reason=1, statement="0x" + "09" * 32),
        accounts,
        units,
        quantities,
    ),
    st.builds(
        lambda a, b, y, v, q: order("surrender", a, beneficiary=b, year=y, vintage=v, quantity=q),
        accounts,
        accounts,
        st.sampled_from([OTHER, YEAR]),
        units,
        quantities,
    ),
    st.builds(lambda a, q: order("offset", a, year=YEAR, unit=NEW_BATCH, quantity=q), accounts, quantities),
    st.builds(
        lambda a, u, q, k, p: acted("allowances", "placeLock", a, u, q, k, p, 0),
        accounts,
        units,
        quantities,
        st.sampled_from([7, 8]),
        places,
    ),
    st.builds(lambda n: acted("allowances", "releaseLock", n), lock_ids),
    st.builds(
        lambda a, b, u, q, n: acted("allowances", "forceTransfer", a, b, u, q, n),
        accounts,
        accounts,
        units,
        quantities,
        st.one_of(st.just(0), lock_ids),
    ),
    st.builds(lambda a, u, q: acted("allowances", "forceCancel", a, u, q), accounts, units, quantities),
    st.builds(
        lambda a, b, u, q: acted("compliance", "reverseSurrender", a, b, YEAR, u, q),
        accounts,
        accounts,
        units,
        quantities,
    ),
    st.builds(lambda n, ok: acted("compliance", "decideSurrenders", 11, [n], ok), lock_ids, st.booleans()),
    st.builds(frozen, accounts, st.sampled_from([2, 3, 4, 5])),
    st.builds(lambda a: lambda y: y.world.unfreeze(getattr(y, a)), accounts),
    st.builds(lambda p, s: acted("accounts", "restrictClass", p, s), st.sampled_from([0, 11, 42]), st.just(0b10)),
    st.builds(lambda p, s: acted("accounts", "releaseClass", p, s), st.sampled_from([0, 11, 42]), st.just(0b10)),
    st.builds(lambda a: acted("accounts", "close", a), accounts),
    st.sampled_from([acted("accounts", "stop"), acted("accounts", "resume")]),
    st.builds(lambda a, q: lambda y: y.world.report(getattr(y, a), YEAR, q), accounts, quantities),
    st.builds(
        lambda a, q: lambda y: y.world.issue(YEAR, {getattr(y, a): q or 1}),
        st.sampled_from(["plant", "late"]),
        quantities,
    ),
    st.builds(lambda days: lambda y: y.world.pass_time(days * DAY), st.sampled_from([1, 40])),
    st.builds(
        lambda y_: lambda y: relay(y.world, "compliance", "freezeStatuses", y_, [y.plant, y.late]), st.just(YEAR)
    ),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=st.lists(steps, min_size=5, max_size=25))
def test_audit__any_sequence__clean(lived: Year, chosen: list[Step]) -> None:
    lived.world.remember()
    try:
        for step in chosen:
            try:
                step(lived)
            except Refused:
                continue
        report = audit(lived.world.node.rpc, lived.world.deployment)
        assert report.findings == []
        assert report.differences == []
    finally:
        lived.world.go_back()
