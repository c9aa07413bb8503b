"""``registry key``: encrypted key files for representatives, officers and statement signers."""

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.table import Table
from rich.text import Text

from registry_cli.output import emit
from registry_cli.signing.command import command
from registry_cli.signing.mistakes import Mistake
from registry_cli.signing.options import Keys, Place, ask_password, password_of
from registry_sdk.client import Session
from registry_sdk.keyring import KeyFile, KeyKind, Keyring
from registry_sdk.signers import signer_address

app = typer.Typer(no_args_is_help=True, help="密钥：新建、列出、登录 keys: create, list, sign in")

Name = Annotated[str, typer.Argument(help="密钥名 name of the key")]
Folder = Annotated[Path | None, typer.Option("--keys", help="密钥目录 folder of keys (default: keys in home)")]
PasswordFile = Annotated[
    Path | None, typer.Option(envvar="REGISTRY_KEY_PASSWORD_FILE", help="口令文件 file with the password")
]


@command(app, "new")
def new(
    place: Place,
    name: Name,
    p256: Annotated[bool, typer.Option("--p256", help="P-256 密钥（智能卡、通行密钥的曲线） a P-256 key")] = False,
    keys: Folder = None,
    password_file: PasswordFile = None,
) -> None:
    """新建密钥，口令加密保存 Create a key in an encrypted file."""
    password = password_of(password_file) if password_file else ask_password("新口令 new password", confirm=True)
    kind: KeyKind = "p256" if p256 else "ethereum"
    made = _ring(place, keys).create(name, kind, password)
    emit(_shown(made, place.verifier()), place.as_json, _card)


@command(app, "list")
def list_keys(place: Place, keys: Folder = None) -> None:
    """列出密钥，不需口令 List the keys; needs no password."""
    verifier = place.verifier()
    items = [_shown(each, verifier) for each in _ring(place, keys).files()]
    emit({"items": items}, place.as_json, _listing)


@command(app, "show")
def show(place: Place, name: Name, keys: Folder = None) -> None:
    """显示公开部分：登记代表时填写的签名人名 Show the public part: the signer name that accounts and roles use."""
    emit(_shown(_ring(place, keys).find(name), place.verifier()), place.as_json, _card)


@command(app, "sign-in")
def sign_in(
    place: Place,
    name: Name,
    keys: Folder = None,
    password_file: PasswordFile = None,
    out: Annotated[
        Path | None, typer.Option(help="凭证写入此文件 write the token to this file, not to the screen")
    ] = None,
) -> None:
    """签署挑战，领取登录凭证 Sign the service's challenge and get a token for its private pages."""
    chosen = Keys(key=[name], keys=keys, password_file=[password_file] if password_file else None)
    signer = chosen.open(place, place.client.contracts.address("p256"))[0]
    session = Session(place.client.transport, signer).open()
    body: dict[str, Any] = {"signer": "0x" + signer.signer.hex(), "expires_at": session["expires_at"]}
    if out is None:
        body["token"] = session["token"]
    else:
        if out.exists():
            raise Mistake(f"{out.name}: 已存在，未覆盖 exists already and was left alone")
        out.touch(mode=0o600)
        out.write_bytes(orjson.dumps(session))
        body["file"] = str(out)
    emit(body, place.as_json, _card)


def _ring(place: Place, keys: Path | None) -> Keyring:
    return Keys(keys=keys).ring(place)


def _shown(file: KeyFile, verifier: str | None) -> dict[str, Any]:
    signer = file.signer(verifier)
    address = signer_address(bytes.fromhex(signer[2:])).lower() if signer else None
    return {"name": file.name, "kind": file.kind, "signer": signer, "address": address, "public": file.public}


LABELS = {
    "name": "名称 name",
    "kind": "种类 kind",
    "signer": "签名人 signer",
    "address": "合约内地址 address on chain",
    "public": "公开部分 public part",
    "expires_at": "有效至 expires at (Unix)",
    "token": "凭证 token",
    "file": "凭证文件 token file",
}


def _card(body: dict[str, Any]) -> Table:
    table = Table(show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in body.items():
        table.add_row(LABELS[name], Text(str(value) if value is not None else "须先部署 known after deployment"))
    return table


def _listing(body: dict[str, Any]) -> Table:
    table = Table(LABELS["name"], LABELS["kind"])
    table.add_column(LABELS["address"], overflow="fold")
    for each in body["items"]:
        table.add_row(Text(each["name"]), each["kind"], each["address"] or "—")
    return table
