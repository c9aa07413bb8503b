"""The one program: ``registry``. Each command group is a module of its own; this file only puts them together."""

import importlib
import os
import signal
import sys
from types import FrameType
from typing import Final, NoReturn

import typer
from pydantic import ValidationError
from rich.text import Text

from registry_cli.output import console

HELP: Final = "碳排放权登记系统 The allowance registry: one ledger, signed orders, no trust in the operator."
#: Single commands by name: module, function, line of the overview.
COMMANDS: Final = {
    "up": ("registry_cli.service", "up", "启动登记服务 Run the registry service until it is told to stop."),
    "deploy": (
        "registry_cli.service",
        "deploy",
        "部署合约并交出全部权力 Deploy the contracts and hand all power over to the officers.",
    ),
    "demo": (
        "registry_cli.demo",
        "demo",
        "运行虚构省份的一个履约年度 Run an invented province's compliance year.",
    ),
    "forecast": (
        "registry_cli.forecast",
        "forecast",
        "履约预测：义务、覆盖率、成本、风险与下一步 What an account will owe, what it costs, and what to do next.",
    ),
    "publish": (
        "registry_cli.publish",
        "publish",
        "履约公布：谁按时、逾期、未清缴，及处罚 Who surrendered in time, late, not at all, and the penalty.",
    ),
    "years": (
        "registry_cli.years",
        "years",
        "运行虚构三省的两个履约年度 Run two compliance years of three invented provinces.",
    ),
    "audit": ("registry_cli.audit", "run", "审计 / Audit: derive everything again from the events and compare."),
}
#: Groups by name: the module that has their ``app``, line of the overview.
GROUPS: Final = {
    "bench": ("registry_cli.bench", "性能与费用实测 measurements"),
    "calc": ("registry_cli.calc", "按法定公式计算 / Calculate by the formulas of the law."),
    "certificate": (
        "registry_cli.certificates",
        "履约证明：打印、核验 certificates of compliance: print, verify",
    ),
    "key": ("registry_cli.keys", "密钥：新建、列出、登录 keys: create, list, sign in"),
    "officer": (
        "registry_cli.officers",
        "经办与复核：提出、阅读、批准、否决、执行 officers' acts: propose, read, approve, reject, execute",
    ),
    "oracle": ("registry_cli.oracle", "排放量预言机 / the emissions oracle"),
    "order": (
        "registry_cli.orders",
        "指令：转让、划转、清缴、抵销、注销 orders of an account: transfer, relocate, surrender, offset, cancel",
    ),
    "replay": ("registry_cli.replay", "历史数据重放 / replay records of the past"),
}
UNUSABLE: Final = 2
#: What shells report for SIGTERM.
TERMINATED: Final = 128 + signal.SIGTERM
COMPLETION: Final = "_REGISTRY_COMPLETE"
#: Settings classes and the prefix of their variables.
PREFIXES: Final = {"Settings": "REGISTRY_", "OracleSettings": "ORACLE_"}


def build(only: str | None = None) -> typer.Typer:
    """The program with all its groups, or with the one that is called: loading the rest would take seconds."""
    app = _program()
    for name, (module, function, _) in COMMANDS.items():
        if only in (None, name):
            app.command(name)(getattr(importlib.import_module(module), function))
    for name, (module, _) in GROUPS.items():
        if only in (None, name):
            app.add_typer(importlib.import_module(module).app, name=name)
    return app


def outline() -> typer.Typer:
    """The program as its overview shows it: names and one line each, nothing loaded."""
    app = _program()
    for name, (_, _, line) in COMMANDS.items():
        app.command(name, help=line)(_nothing)
    for name, (_, line) in GROUPS.items():
        app.add_typer(typer.Typer(help=line, callback=_nothing, invoke_without_command=True), name=name)
    return app


def run() -> None:
    """Entry point. Exit codes that all commands share: 2 for wrong settings and files that cannot be used."""
    signal.signal(signal.SIGTERM, _end)
    called = _called()
    try:
        (build(called) if called in {*COMMANDS, *GROUPS} else outline())()
    except ValidationError as error:
        if error.title not in PREFIXES:
            raise
        mistakes = error.errors(include_url=False, include_input=False, include_context=False)
        prefix = PREFIXES[error.title]
        named = (f"{prefix}{'.'.join(map(str, each['loc'])).upper()}: {each['msg']}" for each in mistakes)
        _unusable(f"设置有误 wrong setting: {'; '.join(named)}")
    except OSError as error:
        if error.strerror is None:
            raise
        where = f"{error.filename}: " if error.filename else ""
        _unusable(f"{where}无法使用 cannot be used: {error.strerror}")


def _program() -> typer.Typer:
    app = typer.Typer(help=HELP, no_args_is_help=True, pretty_exceptions_enable=False)
    # Keeps the program a group even where one command is loaded.
    app.callback()(_nothing)
    return app


def _nothing() -> None:
    pass


def _called() -> str | None:
    """The command asked for, also where a shell asks what could follow it."""
    words = sys.argv
    if COMPLETION in os.environ:
        words = (os.environ.get("_TYPER_COMPLETE_ARGS") or os.environ.get("COMP_WORDS") or "").split()
    return words[1] if len(words) > 1 else None


def _end(number: int, frame: FrameType | None) -> NoReturn:
    """SIGTERM ends a command like Ctrl-C does: nodes are stopped, temporary folders removed."""
    sys.exit(TERMINATED)


def _unusable(message: str) -> NoReturn:
    console.print(Text(message, style="red"), soft_wrap=True)
    sys.exit(UNUSABLE)


if __name__ == "__main__":
    run()
