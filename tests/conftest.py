"""Services inside a test's process log where programs do: standard output belongs to the commands under test."""

import sys

import structlog

structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
