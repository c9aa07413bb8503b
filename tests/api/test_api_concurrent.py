"""Many clients at once, as on the last day of surrender: every one is answered and every order has one effect."""

import asyncio

import httpx
from api_stage import JSON, YEAR, Scene

CLIENTS = 24


async def test_post_order__many_clients_at_once__each_settled_while_reads_are_answered(scene: Scene) -> None:
    stage = scene.stage
    first = stage.client.account(scene.rich)["next_nonce"]
    before = stage.reader.holding("allowances", scene.other, YEAR).held
    orders = [stage.transfer(scene.rich, scene.other, nonce=first + at) for at in range(CLIENTS)]

    async with httpx.AsyncClient(base_url=stage.client.url, timeout=60, trust_env=False) as http:

        async def hand_in(body: bytes) -> str:
            # Orders of one account must arrive in order of their numbers: one that is early tries again.
            for _ in range(200):
                answer = await http.post("/v1/orders", content=body, headers=JSON)
                if answer.status_code == 202:
                    break
                await asyncio.sleep(0.05)
            settled = await http.get(f"/v1/submissions/{answer.json()['id']}", params={"wait": 30})
            return str(settled.json()["state"])

        async def read() -> int:
            return (await http.get("/v1/units")).status_code

        bodies = [order.model_dump_json().encode() for order in orders]
        states = await asyncio.gather(*map(hand_in, bodies))
        reads = await asyncio.gather(*(read() for _ in range(CLIENTS)))

    assert states == ["DONE"] * CLIENTS
    assert reads == [200] * CLIENTS
    assert stage.reader.holding("allowances", scene.other, YEAR).held == before + CLIENTS
