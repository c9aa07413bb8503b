"""A home folder belongs to one registry: what it holds is signed for one chain and one contract."""

from sqlalchemy import Engine, select
from sqlalchemy.dialects.sqlite import insert

from oracles.refusals import refuse
from oracles.store.engine import writing
from oracles.store.tables import home


def bind_home(engine: Engine, chain_id: int, oracle: str) -> None:
    """Bind the database to a registry, once and for all.

    Args:
        oracle: address of the emissions contract, lower case.

    Raises:
        OracleError: it belongs to another registry already.
    """
    with writing(engine) as connection:
        row = {"id": 1, "chain_id": chain_id, "oracle": oracle}
        connection.execute(insert(home).values(row).on_conflict_do_nothing())
        bound = connection.execute(select(home.c.chain_id, home.c.oracle)).one()
    if tuple(bound) != (chain_id, oracle):
        raise refuse("HomeOfOther", chain=bound.chain_id, contract=bound.oracle)
