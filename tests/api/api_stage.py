"""The real service in this process, on a real node and a real SQLite file, reached over HTTP."""

import itertools
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from support.world import APPROVE, DAY, INITIATE, PROVINCE_CLASS, SURRENDER_ONLY, ZERO_HASH

from registry_api.app import create_app
from registry_api.service import DEPLOYMENT_FILE, Service
from registry_api.settings import Settings
from registry_sdk.acts import ActBuilder
from registry_sdk.allocation import ALL_FREE
from registry_sdk.carryover.limits import LimitsTable
from registry_sdk.client import ApiOffice, RegistryClient
from registry_sdk.client.session import challenge_digest
from registry_sdk.deployer import Deployer, connect
from registry_sdk.deployment import Deployment
from registry_sdk.documents import ORDER_KINDS, Domain, ReportMessage, SignedOrder, SignedStatement
from registry_sdk.office import FAR_EXPIRY, TRAINING_GROUND, Staff, accreditation
from registry_sdk.reader import Reader
from registry_sdk.signers import EthereumSigner, Signer
from registry_sdk.tables import Row, approval_of

PROVINCES = (11, 42)
SECTOR = 1
YEAR = 2025
CREDIT = (7 << 16) | 1
GROUND = (TRAINING_GROUND.reason, bytes.fromhex(TRAINING_GROUND.paper[2:]))
JSON = {"content-type": "application/json"}
PASSWORD = "relayer-password-" + secrets.token_hex(8)


@dataclass
class ApiStage:
    """Service, server and client; ``deploy`` brings the contracts."""

    home: Path
    sandbox: bool = True
    database_url: str | None = None
    start_at: int | None = None
    staff: Staff = field(default_factory=lambda: Staff.create(PROVINCES))
    deployer: EthereumSigner = field(default_factory=EthereumSigner.create)
    keys: dict[int, tuple[Signer, ...]] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: itertools.count(1001))

    def start(self) -> "ApiStage":
        settings = Settings(
            home=self.home,
            sandbox=self.sandbox,
            sandbox_start=self.start_at,
            database_url=self.database_url,
            allowed_deployers=[self.deployer.address],
            relayer_password=PASSWORD,
        )
        self.service = Service(settings)
        self.service.start()
        config = uvicorn.Config(create_app(self.service), port=0, log_config=None, access_log=False)
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        wait_until(lambda: self.server.started, "the server starts")
        url = f"http://127.0.0.1:{self.server.servers[0].sockets[0].getsockname()[1]}"
        self.http = httpx.Client(base_url=url, timeout=60, trust_env=False)
        self.client = RegistryClient(url)
        self.office = ApiOffice(self.client, self.staff, life=FAR_EXPIRY - 2**38)
        return self

    def stop(self) -> None:
        self.http.close()
        self.client.transport.close()
        self.server.should_exit = True
        self.thread.join(30)
        self.service.stop()

    def restart(self) -> None:
        self.stop()
        self.start()
        wait_until(lambda: self.service.is_ready(), "the service is ready again")

    def deploy(self) -> "ApiStage":
        made = Deployer(connect(f"{self.client.url}/rpc"), self.deployer.account).run(self.staff.officers())
        made.save(self.home / DEPLOYMENT_FILE)
        wait_until(self.service.is_ready, "contracts are taken up")
        return self

    @property
    def deployment(self) -> Deployment:
        return self.service.desk.deployment

    @property
    def reader(self) -> Reader:
        return self.service.desk.reader

    @property
    def builder(self) -> ActBuilder:
        return ActBuilder(self.deployment)

    # HTTP

    def get(self, path: str, token: str | None = None, **params: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return self.http.get(path, params=params, headers=headers)

    def post(self, path: str, document: Any, **headers: str) -> httpx.Response:
        body = document if isinstance(document, bytes) else document.model_dump_json().encode()
        return self.http.post(path, content=body, headers=JSON | headers)

    def settle(self, response: httpx.Response) -> dict[str, Any]:
        """The accepted submission once it is settled."""
        assert response.status_code == 202, response.text
        found: dict[str, Any] = self.get(f"/v1/submissions/{response.json()['id']}", wait=30).json()
        assert found["state"] in ("DONE", "REFUSED"), found
        return found

    def done(self, response: httpx.Response) -> dict[str, Any]:
        found = self.settle(response)
        assert found["state"] == "DONE", found["refusal"]
        return found

    # The registry's people

    def act(self, contract: str, function: str, *args: Any) -> dict[str, Any]:
        return self.office.act(contract, function, *args)

    def carry_round(self, number: int, limits: dict[int, int]) -> None:
        """A round that carries the vintage before it, its batch open, its limits approved and delivered."""
        now = self.client.now()
        self.act("allowances", "openVintage", number)
        self.act("carryover", "setRound", number, (number - 1, number - 1, number, 10_000, 15_000, now))
        self.act("carryover", "setBatch", number, 1, (0, now + 365 * DAY, now + 365 * DAY, False))
        table = LimitsTable(number, tuple(Row(account, tonnes) for account, tonnes in limits.items()))
        self.act("carryover", "approveLimits", *table.approval())
        body = {"rows": [{"account": account, "tonnes": tonnes} for account, tonnes in limits.items()]}
        answer = self.post(f"/v1/carry-over/{number}/limits", json.dumps(body).encode())
        assert answer.status_code == 202, answer.text
        for id_ in answer.json()["submissions"]:
            assert self.get(f"/v1/submissions/{id_}", wait=30).json()["state"] == "DONE"

    def open_account(
        self, *signers: Signer, rights: tuple[int, ...] = (7,), approvals: int = 1, kind: int = 1, province: int = 11
    ) -> int:
        number = next(self.numbers)
        chosen = signers or tuple(EthereumSigner.create() for _ in rights)
        seats = [(s.signer, r) for s, r in zip(chosen, rights, strict=True)]
        opening = (number, kind, SECTOR, province, approvals, b"\x01" * 32, seats)
        self.act("accounts", "openAccounts", [opening])
        self.keys[number] = chosen
        return number

    def table(self, grants: dict[int, int], year: int = YEAR, chunk_size: int = 200) -> dict[str, Any]:
        rows = [{"account": account, "tonnes": tonnes} for account, tonnes in grants.items()]
        head = {"year": year, "sector": SECTOR, "province": 11, "kind": 2, "chunk_size": chunk_size}
        return head | {"rows": rows}

    def issue(self, grants: dict[int, int], year: int = YEAR) -> str:
        """Hand in, approve, wait for the issue; the table's identifier."""
        handed = self.client.post_table(self.table(grants, year))
        plan = self.reader.read("allocation", "planOf", year, SECTOR)
        self.act("allocation", "setPlan", year, SECTOR, 1, plan["cap"] + handed["total"], *ALL_FREE)
        self.approve_table(handed)
        wait_until(lambda: self.state_of(handed["id"]) == "ISSUED", "the table is issued")
        return str(handed["id"])

    def approve_table(self, handed: dict[str, Any]) -> None:
        self.act("allocation", "approveTable", handed["province"], approval_of(handed))

    def state_of(self, table: str) -> str:
        return str(self.get(f"/v1/tables/{table}").json()["state"])

    def order(
        self,
        kind: str,
        account: int,
        *,
        asset: str | None = None,
        signers: tuple[Signer, ...] | None = None,
        **fields: Any,
    ) -> SignedOrder:
        """A signed order; missing fields get valid values."""
        spec = ORDER_KINDS[kind]
        values = {"chainId": self.deployment.chain_id, "account": account, "expiry": FAR_EXPIRY} | fields
        if "nonce" not in values:
            values["nonce"] = self.client.account(account)["next_nonce"]
        if kind == "surrender":
            values.setdefault("beneficiary", account)
        contract = self.deployment.address(asset or spec.contracts[0]).lower()
        domain = Domain(chain_id=self.deployment.chain_id, contract=contract)
        order = SignedOrder(kind=kind, domain=domain, message=spec.model(**values))  # type: ignore[arg-type]
        for signer in self.keys[account][:1] if signers is None else signers:
            order = order.approve(signer)
        return order

    def transfer(self, account: int, to: int, quantity: int = 1, **fields: Any) -> SignedOrder:
        return self.order("transfer", account, to=to, unit=YEAR, quantity=quantity, **fields)

    def statement(self, account: int, tonnes: int, *signers: Signer, **fields: Any) -> SignedStatement:
        oracle = self.deployment.address("emissions").lower()
        figure = self.reader.figure(account, YEAR)
        values = {
            "chainId": self.deployment.chain_id,
            "oracle": oracle,
            "epoch": self.reader.config()[2],
            "account": account,
            "year": YEAR,
            "version": figure.version + 1,
            "tonnes": tonnes,
            "reportHash": "0x" + "22" * 32,
            "previous": "0x" + figure.digest.hex() + "00" * 16 if figure.version else ZERO_HASH,
        }
        domain = Domain(chain_id=self.deployment.chain_id, contract=oracle)
        result = SignedStatement(domain=domain, message=ReportMessage(**(values | fields)))
        for signer in signers:
            result = result.approve(signer)
        return result

    def sign_in(self, signer: Signer) -> str:
        """A token."""
        answer = self.open_session(signer, self.challenge(signer))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])

    def challenge(self, signer: Signer) -> str:
        asked = self.http.post("/v1/sessions/challenge", json={"signer": "0x" + signer.signer.hex()})
        return str(asked.json()["challenge"])

    def open_session(self, signer: Signer, challenge: str) -> httpx.Response:
        signature = "0x" + signer.sign(challenge_digest(challenge)).hex()
        return self.http.post("/v1/sessions", json={"challenge": challenge, "signature": signature})


@dataclass
class Scene:
    """``one`` may give every kind of order, ``two`` needs two signatures, ``other`` receives, ``rich`` gives."""

    stage: ApiStage
    one: int
    two: int
    other: int
    rich: int
    verifier: Signer
    province: Signer

    def fields(self, kind: str) -> dict[str, Any]:
        return {
            "transfer": {"to": self.other, "unit": YEAR, "quantity": 1},
            "relocate": {"unit": YEAR, "quantity": 1, "to": 1},
            "cancel": {"unit": YEAR, "quantity": 1, "reason": 1, "statement": "0x" + "33" * 32},
            "surrender": {"year": YEAR, "vintage": YEAR, "quantity": 1},
            "offset": {"year": YEAR, "unit": CREDIT, "quantity": 1},
            "carry-over": {"round": YEAR + 1, "vintage": YEAR, "quantity": 1},
        }[kind]

    def order(self, kind: str, account: int = 0, **changes: Any) -> SignedOrder:
        return self.stage.order(kind, account or self.one, **{**self.fields(kind), **changes})


def set_scene(stage: ApiStage) -> Scene:
    """Open, issue, report."""
    one = stage.open_account()
    two = stage.open_account(rights=(INITIATE, APPROVE, SURRENDER_ONLY), approvals=2)
    other, rich = stage.open_account(), stage.open_account()
    stage.act("allowances", "openVintage", YEAR)
    stage.act("allowances", "openVintage", YEAR + 2)
    stage.issue({one: 1000, two: 1000, rich: 1_000_000})
    verifier, province = EthereumSigner.create(), EthereumSigner.create()
    for act in accreditation(1, verifier.signer):
        stage.act(*act)
    stage.act("emissions", "setSigner", province.signer, PROVINCE_CLASS, 11)
    stage.act("emissions", "setThreshold", 2, 0b110)
    later = stage.client.now() + 365 * DAY
    stage.act(
        "compliance", "setYearRules", YEAR, (later, YEAR - 1, YEAR, 500, 0b110, later, 0, False, later + DAY, 0, 0)
    )
    stage.act("credits", "registerBatch", CREDIT, 10_000, 2, False, "CM-001", b"\x05" * 32)
    stage.act("credits", "issueCredits", CREDIT, [(one << 64) | 100, (two << 64) | 100])
    scene = Scene(stage, one, two, other, rich, verifier, province)
    stage.carry_round(YEAR + 1, {one: 1000, two: 1000})
    for account in (one, two):
        stage.done(stage.post("/v1/statements", stage.statement(account, 1000, verifier, province)))
    return scene


def printed(output: str) -> Any:
    """The JSON that a command printed; the service, which runs in this process, may have logged around it."""
    return json.JSONDecoder().raw_decode(output, output.index("{\n"))[0]


def wait_until(condition: Any, what: str, patience: float = 60) -> None:
    """Until ``condition()`` holds."""
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, f"in vain: {what}"
        time.sleep(0.02)


def refused(response: httpx.Response, rule: str) -> dict[str, Any]:
    """The problem document of a refusal by this rule, checked for its form."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    document: dict[str, Any] = response.json()
    assert document["rule"] == rule, document
    assert document["status"] == response.status_code
    assert document["type"] == f"/v1/rules/{rule}"
    for name in ("title", "detail", "remedy"):
        assert document[name].isascii() or name == "detail"
        assert document[f"{name}_zh"]
    assert document["instance"] == response.request.url.path
    return document
