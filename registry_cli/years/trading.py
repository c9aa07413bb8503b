"""Trades: who has more than it needs sells to who lacks some; every seller's representatives sign."""

from collections import defaultdict

from registry_cli.years.country import Firm, Part
from registry_cli.years.run import CREDIT_OWNER, CREDIT_UNIT, Run, law_day
from registry_sdk import parameters

#: Every so many firms one buys credits.
CREDIT_BUYERS = 4
#: Firms that keep what they have over: for the province to release, for a later carry-over.
KEEPERS = {Part.DIFFERENTIATED, Part.FROZEN}


def sell_early(run: Run, vintage: int) -> None:
    """The firm that will have received too much sells nearly all of it before its final figure is known."""
    seller = run.parts[Part.SOLD_OUT]
    stock = run.book.of(seller.number, vintage) * 95 // 100
    buyers = [firm for firm in run.firms if firm.province == seller.province and firm.part is None][:5]
    for at, buyer in enumerate(buyers, start=1):
        _sell(run, seller, buyer, vintage, stock // len(buyers))
        run.step(f"{vintage} 早期出售 early sales", at, len(buyers))


def trade(run: Run, year: int, vintage: int) -> None:
    """Everybody but the firms that are meant to stay short buys what it lacks for the year."""
    stay_short = {Part.SHORT, Part.HELPED}
    lacking = {
        firm: missing
        for firm in run.firms
        if firm.part not in stay_short and (missing := _missing(run, firm, year, vintage)) > 0
    }
    stock = {firm: -missing for firm in run.firms if (missing := _missing(run, firm, year, vintage)) < 0}
    sales: dict[Firm, list[tuple[Firm, int]]] = defaultdict(list)
    for buyer, wanted in lacking.items():
        for seller, left in stock.items():
            given = min(wanted, left)
            if given > 0 and seller.part not in KEEPERS:
                sales[seller].append((buyer, given))
                stock[seller] -= given
                wanted -= given

    def sell(job: tuple[Firm, list[tuple[Firm, int]]]) -> None:
        for buyer, tonnes in job[1]:
            _sell(run, job[0], buyer, vintage, tonnes)

    run.all(f"{year} 配额交易 allowances traded", list(sales.items()), sell)


def buy_credits(run: Run, year: int) -> None:
    """Some firms buy credits up to the law's share of what they owe; one tonne more is refused (C-05)."""
    buyers = [firm for at, firm in enumerate(run.firms) if at % CREDIT_BUYERS == 0 and firm.part is None]

    def buy(firm: Firm) -> None:
        tonnes = offset_cap(run, firm, year)
        run.order("transfer", CREDIT_OWNER, asset="credits", to=firm.number, unit=CREDIT_UNIT, quantity=tonnes)
        run.book.move("credits", CREDIT_OWNER, firm.number, CREDIT_UNIT, tonnes)

    # One seller's orders are numbered: one after the other.
    for at, firm in enumerate(buyers, start=1):
        buy(firm)
        run.step(f"{year} 减排量交易 credits traded", at, len(buyers))
    greedy = buyers[0]
    over = offset_cap(run, greedy, year) + 1
    run.expect_refusal("C-05", "offset", greedy.number, year=year, unit=CREDIT_UNIT, quantity=over)

    def use(firm: Firm) -> None:
        tonnes = offset_cap(run, firm, year)
        run.order("offset", firm.number, year=year, unit=CREDIT_UNIT, quantity=tonnes)
        run.book.use_credits(firm.number, year, CREDIT_UNIT, tonnes)

    run.all(f"{year} 抵销 offsets", buyers, use)


def offset_cap(run: Run, firm: Firm, year: int) -> int:
    """Most credits a firm may use (C-05), tonnes."""
    share = parameters.get("ccer_offset_cap_ratio", law_day(year, "surrender_deadline")).value
    return int(run.book.owed[firm.number, year] * share)


def _missing(run: Run, firm: Firm, year: int, vintage: int) -> int:
    return run.book.left(firm.number, year) - run.book.of(firm.number, vintage)


def _sell(run: Run, seller: Firm, buyer: Firm, vintage: int, tonnes: int) -> None:
    run.order("transfer", seller.number, to=buyer.number, unit=vintage, quantity=tonnes)
    run.book.sell(seller.number, buyer.number, vintage, tonnes)
