"""Rows of monitoring: signers and figures, verification bodies, anchored months and their deadlines."""

from dataclasses import dataclass

from registry_sdk.projection.rows import NOBODY


@dataclass(slots=True)
class OracleConfig:
    """Key: none."""

    threshold: int = 0
    required_classes: int = 0
    epoch: int = 0
    sink: str = NOBODY


@dataclass(slots=True)
class ReportSigner:
    """A signer of a province or the centre. Key: address the signer is filed under."""

    signer: str = "0x"
    signer_class: int = 0
    province: int = 0


@dataclass(slots=True)
class Figure:
    """Verified emissions in force. Key: account, year, sub-unit.

    ``digest`` is the whole digest of the statement; signers are addresses, ``body`` the verifier's.
    """

    tonnes: int = 0
    version: int = 0
    recorded_at: int = 0
    digest: str = ""
    report_hash: str = ""
    verifier: str = NOBODY
    province: str = NOBODY
    centre: str = NOBODY
    body: int = 0


@dataclass(slots=True)
class Summary:
    """An entity's year over its sub-units. Key: account, year."""

    total: int = 0
    units: int = 0
    reported: int = 0


@dataclass(slots=True)
class Body:
    """A verification body. Key: number. ``scopes``: bit per sector."""

    status: int = 0
    valid_from: int = 0
    valid_until: int = 0
    scopes: int = 0
    name_hash: str = ""


@dataclass(slots=True)
class BodySigner:
    """A verifier's key; body 0 once taken away. Key: address the signer is filed under."""

    signer: str = "0x"
    body: int = 0


@dataclass(slots=True)
class EvidenceMonth:
    """Newest evidence of a month. Key: account, year, month."""

    version: int = 0
    is_late: bool = False
    is_newest_late: bool = False
    items: int = 0
    root: str = ""
    anchored_at: int = 0
    signer_address: str = NOBODY


@dataclass(slots=True)
class EvidenceHead:
    """Hash over everything anchored. Key: account, year."""

    head: str = NOBODY


@dataclass(slots=True)
class EvidenceTerm:
    """Days after a month's end, for months from this one on. Key: year, month."""

    days_after: int = 0


@dataclass(slots=True)
class EvidenceDeadline:
    """Last second in time, instead of the days; 0 where the days hold. Key: sector, year, month."""

    deadline: int = 0
