"""An auditor outside has the service's gateway only, with its limits on batches, ranges and numbers of logs."""

import orjson
import pytest
from audit_year import Year

from registry_api.chain import gateway as gateway_module
from registry_api.chain.external import ExternalChain
from registry_api.chain.gateway import Gateway
from registry_api.settings import Settings
from registry_sdk.audit import audit
from registry_sdk.projection import fetch_logs
from registry_sdk.rpc import RpcClient


class ThroughGateway(RpcClient):
    """Puts every request body through the gateway instead of a socket."""

    def __init__(self, gateway: Gateway) -> None:
        super().__init__("http://127.0.0.1:9")
        self._gateway = gateway

    def post(self, body: bytes) -> bytes:
        return self._gateway.handle(body)


class WithoutProofs(RpcClient):
    """A node that does not offer eth_getProof."""

    def __init__(self, inner: RpcClient) -> None:
        super().__init__("http://127.0.0.1:9")
        self._inner = inner

    def post(self, body: bytes) -> bytes:
        requests = orjson.loads(body)
        answer = self._inner.post(body)
        if not isinstance(requests, list) or requests[0]["method"] != "eth_getProof":
            return answer
        error = {"code": -32601, "message": "the method does not exist"}
        return orjson.dumps([{"jsonrpc": "2.0", "id": r["id"], "error": error} for r in requests])


@pytest.fixture
def outside(year: Year) -> ThroughGateway:
    world = year.world
    settings = Settings(chain_url=world.node.url, chain_id=world.deployment.chain_id)
    return ThroughGateway(Gateway(ExternalChain(settings)))


def test_audit__through_the_gateway__clean(year: Year, outside: ThroughGateway) -> None:
    report = audit(outside, year.world.deployment, proofs=3)

    assert report.is_clean
    assert report.proofs == 3


@pytest.mark.parametrize("most", [0, 1, 5, 40])
def test_fetch__node_gives_few_logs_at_once__all_the_same(
    year: Year, outside: ThroughGateway, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = year.world
    head = int(world.node.head()["number"], 16)
    expected = list(fetch_logs(world.node.rpc, world.deployment, world.deployment.block, head))

    monkeypatch.setattr(gateway_module, "MAX_LOGS", most)

    assert list(fetch_logs(outside, world.deployment, world.deployment.block, head)) == expected


def test_audit__node_without_proofs__words_compared_instead(year: Year) -> None:
    report = audit(WithoutProofs(year.world.node.rpc), year.world.deployment)

    assert report.is_clean
    assert report.roots == []
    assert report.slots["allowances"] > 10
