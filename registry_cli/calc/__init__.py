"""Subcommands of `registry calc`."""
