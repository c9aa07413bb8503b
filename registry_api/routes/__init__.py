"""HTTP routes by domain. They parse, ask a service and answer; they hold no rules and no SQL."""
