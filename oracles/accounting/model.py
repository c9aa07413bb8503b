"""What a firm hands in: strict input models. Unknown keys, floats, negatives and wrong types are refused."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from oracles.accounting.numbers import Exact

Name = Annotated[str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_\-]{0,59}$")]
Unit = Annotated[str, StringConstraints(min_length=1, max_length=20)]
Sector = Literal["power", "steel", "cement", "aluminium"]
LabItem = Literal["heat_value", "carbon_per_heat", "carbon_content", "anode"]
MAX_SOURCES = 20_000


def _day(raw: object) -> object:
    """ISO text as JSON has it; anything else is left to pydantic's strict check."""
    if isinstance(raw, str):
        try:
            return date.fromisoformat(raw)
        except ValueError:
            return raw
    return raw


Day = Annotated[date, BeforeValidator(_day)]


class Strict(BaseModel):
    """Base of every input model: frozen, no unknown keys, no silent conversion."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Period(Strict):
    """First and last day of validity, both inclusive."""

    first: Day
    last: Day

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.last < self.first:
            raise PydanticCustomError(
                "period",
                "{en}",
                {
                    "zh": f"有效期止 {self.last} 早于起 {self.first}",
                    "en": f"validity ends {self.last}, before it starts {self.first}",
                    "valid_zh": "止日不早于起日",
                    "valid_en": "a last day on or after the first day",
                },
            )
        return self


class Meter(Strict):
    """A measuring instrument and the periods its certificates cover (D-16)."""

    id: Name
    kind: Key = "other"
    certificates: Annotated[tuple[Period, ...], Field(strict=False)] = ()


class Lab(Strict):
    """The laboratory behind a test (H-06): its mark, what it may test, until when, and this report."""

    id: Name
    mark: Literal["CMA", "CNAS", "none"]
    items: Annotated[tuple[LabItem, ...], Field(strict=False)] = ()
    validity: Period
    report: Name
    tested_on: Day
    qualified: bool = True


class Amount(Strict):
    """A metered quantity. Solids and liquids in t, gases in 1e4Nm3, electricity in MWh."""

    value: Exact
    unit: Unit
    meter: Meter | None = None


class Measured(Strict):
    """A tested or metered property, with the evidence for it."""

    value: Exact
    unit: Unit
    lab: Lab | None = None
    meter: Meter | None = None


class Source(Strict):
    """One row of a report: an emission source, a deduction, a process flow or a production figure.

    ``flow`` says how it counts in its sector (see flows.FLOWS), ``item`` what it is (a fuel, a material, a clinker).
    """

    id: Name
    flow: Key
    item: Key
    amount: Amount
    subunit: Name = "1"
    month: Annotated[int, Field(ge=1, le=12)] | None = None
    process: Key | None = None
    unit_class: Literal["conventional_coal", "unconventional_coal"] | None = None
    heat_value: Measured | None = None
    carbon_per_heat: Measured | None = None
    carbon_content: Measured | None = None
    anode_net_carbon: Measured | None = None
    anode_sulfur: Measured | None = None
    anode_ash: Measured | None = None
    anode_effect: Measured | None = None


class Output(Strict):
    """What the plant produced; only used for intensities. Example: crude_steel in t, generation in MWh."""

    product: Key
    amount: Exact
    unit: Unit
    subunit: Name | None = None


class Report(Strict):
    """An emission report of one entity and compliance year, in the form the calculators take."""

    kind: Literal["emissions"] = "emissions"
    entity: Name
    sector: Sector
    year: Annotated[int, Field(ge=2000, le=2100)]
    rounding: Key = "exact-once"
    sources: Annotated[tuple[Source, ...], Field(strict=False, min_length=1, max_length=MAX_SOURCES)]
    outputs: Annotated[tuple[Output, ...], Field(strict=False, max_length=200)] = ()

    @model_validator(mode="after")
    def _one_id_per_source(self) -> Self:
        seen: set[str] = set()
        for source in self.sources:
            if source.id in seen:
                raise PydanticCustomError(
                    "duplicate_id",
                    "{en}",
                    {
                        "zh": f"排放源编号 {source.id} 重复",
                        "en": f"source id {source.id} is used twice",
                        "valid_zh": "每行编号唯一",
                        "valid_en": "one id per row",
                    },
                )
            seen.add(source.id)
        return self


class CemsDay(Strict):
    """One day of automatic monitoring (D-15). Only concentration and flow enter the mass."""

    day: Day
    stack: Name = "1"
    concentration: Measured
    flow: Measured
    co2_percent: Exact | None = None
    velocity: Exact | None = None
    o2_percent: Exact | None = None
    temperature: Exact | None = None
    humidity_percent: Exact | None = None
    load_percent: Exact | None = None


class CemsReport(Strict):
    """Daily CEMS records of one entity."""

    kind: Literal["cems"]
    entity: Name
    year: Annotated[int, Field(ge=2000, le=2100)]
    days: Annotated[tuple[CemsDay, ...], Field(strict=False, min_length=1, max_length=MAX_SOURCES)]


class Electricity(Strict):
    """A metered amount of electricity; ``calibrated`` false asks for the meter's largest permitted error."""

    value: Exact
    unit: Unit
    calibrated: bool = True
    max_error: Exact | None = None


class OffshoreWindReport(Strict):
    """Inputs of the offshore wind methodology (E-10)."""

    kind: Literal["offshore_wind"]
    entity: Name
    year: Annotated[int, Field(ge=2000, le=2100)]
    exported: Electricity
    imported: Electricity
    operating_margin: Exact
    build_margin: Exact
    weight_operating: Exact
    weight_build: Exact
