"""Maker and checker: two different officers who hold their roles, once, in time, with the delay that protects power."""

import pytest
from support.errors import error
from support.world import GROUND, PROVINCES, World

from registry_sdk.calls import execute_call
from registry_sdk.codec import CONTRACTS, ContractError, contract
from registry_sdk.documents import ActMessage, Domain, SignedAct
from registry_sdk.permissions import permissions, roles
from registry_sdk.signers import EthereumSigner, signer_address
from registry_sdk.tables import AllocationTable, Row, TableKind

FLOOR = 86_400
PROPOSED, APPROVED, EXECUTED, REJECTED = 1, 2, 3, 4


def _id(world: World, act: ActMessage) -> bytes:
    domain = Domain(chain_id=world.deployment.chain_id, contract=world.deployment.address("control").lower())
    signature = "0x" + "00" * 65
    return SignedAct(domain=domain, message=act, maker={"signer": "0x" + "11" * 20, "signature": signature}).digest()  # type: ignore[arg-type]


def _state(world: World, act: ActMessage) -> int:
    return int(world.reader.read("control", "acts", _id(world, act))["state"])


def _vintage(world: World, vintage: int, **fields: int) -> ActMessage:
    return world.make("allowances", "openVintage", vintage, **fields)  # type: ignore[arg-type]


def _wrong_state(world: World, act: ActMessage, state: int) -> ContractError:
    return error("WrongActState", id=_id(world, act), state=state)


def test_act__two_officers_of_the_right_roles__executed_once(world: World) -> None:
    registry, ministry = world.seats("REGISTRY")[0], world.seats("MINISTRY")[0]
    act = _vintage(world, 2101)
    world.carrier.carry([world.proposal(act, registry)])
    assert _state(world, act) == PROPOSED
    assert 2101 not in world.reader.read("allowances", "units")
    world.carrier.carry([world.decision(act, ministry)])
    assert _state(world, act) == EXECUTED
    assert 2101 in world.reader.read("allowances", "units")
    for call in (world.proposal(act, registry), world.decision(act, ministry), execute_call(world.deployment, act)):
        assert world.refusal(call) == _wrong_state(world, act, EXECUTED)
    assert world.refusal(world.decision(act, ministry, False)) == _wrong_state(world, act, EXECUTED)


def test_act__checker_without_the_role__refused(world: World) -> None:
    act = _vintage(world, 2102)
    registry = world.seats("REGISTRY")
    world.carrier.carry([world.proposal(act, registry[0])])
    expected = error("OfficerLacksRole", officer=registry[1].address.lower(), role=roles()["MINISTRY"].id)  # type: ignore[attr-defined]
    assert world.refusal(world.decision(act, registry[1])) == expected


def test_act__maker_without_the_role__refused(world: World) -> None:
    stranger = EthereumSigner.create()
    expected = error("OfficerLacksRole", officer=stranger.address.lower(), role=roles()["REGISTRY"].id)
    act = _vintage(world, 2103)
    assert world.refusal(world.proposal(act, stranger)) == expected
    assert _state(world, act) == 0


def test_act__same_officer_twice__refused(world: World) -> None:
    officer = world.seats("REGISTRY")[0]
    account = world.open_account()
    act = world.make("accounts", "setApprovals", account, 1)
    world.carrier.carry([world.proposal(act, officer)])
    assert world.refusal(world.decision(act, officer)) == error("SameOfficer", officer=officer.address.lower())  # type: ignore[attr-defined]


def test_act__altered_after_signing__refused(world: World) -> None:
    maker, checker = world.seats("REGISTRY")[0], world.seats("MINISTRY")[0]
    act = _vintage(world, 2104)
    signed = world.proposal(act, maker)
    other = act.model_copy(update={"salt": act.salt ^ 1})
    forged = world.proposal(other, maker)
    approval = signed.data[signed.data.index(maker.signer) :]
    swapped = forged.data[: forged.data.index(maker.signer)] + approval
    assert world.refusal(type(signed)(signed.target, swapped)) == error("InvalidSignature", signer=maker.signer)
    # The maker's own signature is no decision, and a rejection is no approval.
    world.carrier.carry([signed])
    rejection = world.decision(act, checker, False)
    control = contract(CONTRACTS["control"])
    as_approval = control.functions["approve"].selector + rejection.data[4:]
    assert world.refusal(type(signed)(signed.target, as_approval)) == error("InvalidSignature", signer=checker.signer)


def test_act__other_chain__refused(world: World) -> None:
    act = _vintage(world, 2105).model_copy(update={"chainId": 1})
    refused = world.refusal(world.proposal(act, world.seats("REGISTRY")[0]))
    assert refused == error("ActWrongChain", expected=world.deployment.chain_id, given=1)


def test_act__expired__cannot_be_proposed_or_approved(world: World) -> None:
    maker, checker = world.seats("REGISTRY")[0], world.seats("MINISTRY")[0]
    late = _vintage(world, 2106, expiry=world.now)
    assert world.refusal(world.proposal(late, maker)) == error("ActExpired", expiry=late.expiry)
    act = _vintage(world, 2107, expiry=world.now + 10)
    world.carrier.carry([world.proposal(act, maker)])
    world.pass_time(20)
    assert world.refusal(world.decision(act, checker)) == error("ActExpired", expiry=act.expiry)


def test_act__without_ground__refused(world: World) -> None:
    act = _vintage(world, 2108)
    bare = act.model_copy(update={"ground": act.ground.model_copy(update={"reason": 0})})
    assert world.refusal(world.proposal(bare, world.seats("REGISTRY")[0])) == error("GroundMissing")


def test_act__function_outside_the_table__refused(world: World) -> None:
    target = world.deployment.address("allowances")
    data = contract(CONTRACTS["allowances"]).encode("retire", 1, 2025, 1)
    act = _vintage(world, 2109).model_copy(update={"data": "0x" + data.hex()})
    expected = error("FunctionNotPermitted", target=target.lower(), selector=data[:4])
    for role in world.staff.seats.values():
        assert world.refusal(world.proposal(act, role[0])) == expected


def test_act__call_without_selector__refused(world: World) -> None:
    act = _vintage(world, 2110).model_copy(update={"data": "0x010203"})
    assert world.refusal(world.proposal(act, world.seats("REGISTRY")[0])) == error("CallTooShort")


def test_act__scope_word_cut_off__refused(world: World) -> None:
    act = world.make("compliance", "decideSurrenders", PROVINCES[0], [], True, GROUND)
    cut = act.model_copy(update={"data": act.data[:30]})
    assert world.refusal(world.proposal(cut, world.seats(f"PROVINCE:{PROVINCES[0]}")[0])) == error("CallTooShort")


def test_act__rejected_by_checker_or_maker__never_executed(world: World) -> None:
    maker, checker = world.seats("REGISTRY")[0], world.seats("MINISTRY")[0]
    for rejecting in (maker, checker):
        act = _vintage(world, 2111)
        world.carrier.carry([world.proposal(act, maker)])
        stranger = EthereumSigner.create()
        assert world.refusal(world.decision(act, stranger, False)).name == "OfficerLacksRole"
        world.carrier.carry([world.decision(act, rejecting, False)])
        assert _state(world, act) == REJECTED
        assert world.refusal(world.decision(act, checker)) == _wrong_state(world, act, REJECTED)
        assert world.refusal(world.proposal(act, maker)) == _wrong_state(world, act, REJECTED)
    assert 2111 not in world.reader.read("allowances", "units")


def test_act__refused_by_its_target__stays_proposed_and_can_be_approved_later(world: World) -> None:
    maker, checker = world.seats("MINISTRY")
    year = 2112
    act = world.make("compliance", "closeYear", year)
    maker = world.seats("REGISTRY")[0]
    world.carrier.carry([world.proposal(act, maker)])
    assert world.refusal(world.decision(act, checker)) == error("YearUnknown", year=year)
    assert _state(world, act) == PROPOSED
    world.year_rules(year, deadline=world.now, runningFrom=0)
    world.carrier.carry([world.decision(act, checker)])
    assert _state(world, act) == EXECUTED


@pytest.mark.parametrize("loser", ["maker", "checker"])
def test_act__officer_lost_the_role_before_approval__refused(world: World, loser: str) -> None:
    world.remember()
    maker, checker = world.seats("REGISTRY")[0], world.seats("MINISTRY")[0]
    act = _vintage(world, 2113)
    world.carrier.carry([world.proposal(act, maker)])
    lost, role = (maker, "REGISTRY") if loser == "maker" else (checker, "MINISTRY")
    world.govern("authority", "revokeRole", roles()[role].id, signer_address(lost.signer))
    expected = error("OfficerLacksRole", officer=signer_address(lost.signer).lower(), role=roles()[role].id)
    assert world.refusal(world.decision(act, checker)) == expected
    world.go_back()


# Delay


def test_governance__delay_is_waited__then_anybody_executes(world: World) -> None:
    maker, checker = world.seats("GOVERNANCE")
    newcomer = EthereumSigner.create()
    act = world.make("authority", "grantRole", roles()["REGISTRY"].id, newcomer.address, 0)
    world.carrier.carry([world.proposal(act, maker)])
    assert world.refusal(execute_call(world.deployment, act)) == _wrong_state(world, act, PROPOSED)
    world.carrier.carry([world.decision(act, checker)])
    assert _state(world, act) == APPROVED
    ready = world.now + FLOOR
    assert world.refusal(execute_call(world.deployment, act)) == error("DelayNotOver", executableAt=ready)
    assert world.refusal(world.proposal(_vintage(world, 2114), newcomer)).name == "OfficerLacksRole"
    world.pass_time(FLOOR)
    world.carrier.carry([execute_call(world.deployment, act), world.proposal(_vintage(world, 2114), newcomer)])
    assert _state(world, act) == EXECUTED
    assert world.refusal(execute_call(world.deployment, act)) == _wrong_state(world, act, EXECUTED)


def test_governance__rejected_during_the_delay__never_executed(world: World) -> None:
    maker, checker = world.seats("GOVERNANCE")
    act = world.make("authority", "grantRole", 10, EthereumSigner.create().address, 0)
    world.carrier.carry([world.proposal(act, maker), world.decision(act, checker)])
    world.carrier.carry([world.decision(act, checker, False)])
    world.pass_time(FLOOR)
    assert world.refusal(execute_call(world.deployment, act)) == _wrong_state(world, act, REJECTED)


def test_governance__expired_during_the_delay__never_executed(world: World) -> None:
    maker, checker = world.seats("GOVERNANCE")
    act = world.make("authority", "grantRole", 10, EthereumSigner.create().address, 0, expiry=world.now + 100)
    world.carrier.carry([world.proposal(act, maker), world.decision(act, checker)])
    world.pass_time(FLOOR)
    assert world.refusal(execute_call(world.deployment, act)) == error("ActExpired", expiry=act.expiry)


@pytest.mark.parametrize("seat", [0, 1])
def test_governance__officer_lost_the_role_during_the_delay__refused(world: World, seat: int) -> None:
    world.remember()
    role = roles()["GOVERNANCE"].id
    act = world.make("authority", "grantRole", 10, EthereumSigner.create().address, 0)
    maker, checker = world.seats("GOVERNANCE")
    removal = world.make("authority", "revokeRole", role, signer_address((maker, checker)[seat].signer))
    for one in (removal, act):
        world.carrier.carry([world.proposal(one, maker), world.decision(one, checker)])
    world.pass_time(FLOOR)
    world.carrier.carry([execute_call(world.deployment, removal)])
    refused = world.refusal(execute_call(world.deployment, act))
    assert refused == error("OfficerLacksRole", officer=(maker, checker)[seat].address.lower(), role=role)  # type: ignore[attr-defined]
    world.go_back()


@pytest.mark.parametrize(
    ("contract_name", "function", "maker", "checker", "delay"),
    [
        ("accounts", "setModule", "GOVERNANCE", 60, FLOOR - 1),
        ("accounts", "setModule", "GOVERNANCE", 60, 0),
        ("accounts", "setModule", "GOVERNANCE", 0, FLOOR),
        ("authority", "grantRole", "REGISTRY", 10, 0),
        ("control", "setPermission", "MINISTRY", 20, FLOOR - 1),
        ("control", "setPermission", "MINISTRY", 0, FLOOR),
    ],
)
def test_set_permission__below_the_floor__refused(
    world: World, contract_name: str, function: str, maker: str, checker: int, delay: int
) -> None:
    selector = contract(CONTRACTS[contract_name]).functions[function].selector
    row = (world.deployment.address(contract_name), selector, roles()[maker].id, checker, delay, 0)
    act = world.make("control", "setPermission", row)
    one, two = world.seats("GOVERNANCE")
    world.carrier.carry([world.proposal(act, one), world.decision(act, two)])
    world.pass_time(FLOOR)
    assert world.refusal(execute_call(world.deployment, act)) == error("DelayBelowFloor", floor=FLOOR, given=delay)


def test_set_permission__row_removed__function_closed(world: World) -> None:
    world.remember()
    selector = contract(CONTRACTS["allowances"]).functions["openVintage"].selector
    target = world.deployment.address("allowances")
    pending = _vintage(world, 2120)
    world.carrier.carry([world.proposal(pending, world.seats("REGISTRY")[0])])
    world.govern("control", "setPermission", (target, selector, 0, 0, 0, 0))
    expected = error("FunctionNotPermitted", target=target.lower(), selector=selector)
    assert world.refusal(world.decision(pending, world.seats("MINISTRY")[0])) == expected
    world.go_back()


def test_set_permission__second_officer_demanded_meanwhile__pending_act_of_one_is_void(world: World) -> None:
    world.remember()
    target, selector = (
        world.deployment.address("accounts"),
        contract(CONTRACTS["accounts"]).functions["stop"].selector,
    )
    supervisor = world.seats("SUPERVISOR")[0]
    world.govern("control", "setPermission", (target, selector, 30, 0, 3 * FLOOR, 0))
    act = world.make("accounts", "stop", GROUND)
    world.carrier.carry([world.proposal(act, supervisor)])
    assert _state(world, act) == APPROVED
    world.govern("control", "setPermission", (target, selector, 30, 30, 0, 0))
    world.pass_time(3 * FLOOR)
    refused = world.refusal(execute_call(world.deployment, act))
    assert refused == error("OfficerLacksRole", officer="0x" + "00" * 20, role=30)
    world.go_back()


def test_seal__second_time_or_by_a_stranger__refused(world: World) -> None:
    rows = [row.row(world.deployment.address(row.contract)) for row in permissions()]
    for sender in (world.sender.address, EthereumSigner.create().address):
        assert world.ask(sender, "control", "seal", rows) == error("AlreadySealed")


def test_table__on_chain__equals_the_file(world: World) -> None:
    for row in permissions():
        address = world.deployment.address(row.contract)
        found = world.reader.read("control", "permissionOf", address, row.selector)
        assert tuple(found.values()) == (address.lower(), *row.row(address)[1:])


# Province roles


def test_scoped_act__officer_of_another_province__refused(world: World) -> None:
    table = AllocationTable(2025, 1, PROVINCES[0], TableKind.FINAL, (Row(1, 10),)).as_tuple()
    act = world.make("allocation", "approveTable", PROVINCES[0], table)
    other = world.seats(f"PROVINCE:{PROVINCES[1]}")[0]
    world.carrier.carry([world.proposal(act, world.seats("REGISTRY")[0])])
    role = roles()["PROVINCE"].scoped(PROVINCES[0])
    refused = world.refusal(world.decision(act, other))
    assert refused == error("OfficerLacksRole", officer=other.address.lower(), role=role)  # type: ignore[attr-defined]


def test_scoped_act__province_dressed_up_with_high_bits__refused(world: World) -> None:
    table = AllocationTable(2025, 1, PROVINCES[0], TableKind.FINAL, (Row(1, 10),)).as_tuple()
    act = world.make("allocation", "approveTable", PROVINCES[0], table)
    data = bytes.fromhex(act.data[2:])
    dirty = act.model_copy(update={"data": "0x" + (data[:4] + b"\x01" + data[5:]).hex()})
    calls = [
        world.proposal(dirty, world.seats("REGISTRY")[0]),
        world.decision(dirty, world.seats(f"PROVINCE:{PROVINCES[0]}")[0]),
    ]
    assert world.refusal(*calls).name in ("FailedCall", "UnknownError")
    assert _state(world, dirty) == PROPOSED


def test_decision__of_an_act_never_proposed__refused(world: World) -> None:
    act = _vintage(world, 2130)
    checker = world.seats("MINISTRY")[0]
    for approve in (True, False):
        assert world.refusal(world.decision(act, checker, approve)) == _wrong_state(world, act, 0)
