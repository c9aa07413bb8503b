"""Subcommands of `registry calc`: emissions, allocation, compliance, the workbooks they read, and the calendar."""

import typer

from registry_cli.calc.calendar import calendar, working_days
from registry_cli.calc.commands import allocation, compliance, template
from registry_cli.calc.emissions import emissions, emissions_template

app = typer.Typer(help="按法定公式计算 / Calculate by the formulas of the law.", no_args_is_help=True)
for command in (allocation, compliance, template, emissions, emissions_template, calendar, working_days):
    app.command()(command)
