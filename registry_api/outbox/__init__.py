"""The write path: a signed document is accepted once, kept, and carried until the chain has answered.

``queue`` stores what was accepted, in one transaction with the client's idempotency key; ``preview`` asks the chain
before acceptance; ``relayer`` carries; ``clerk`` adds the work that needs nobody's signature (chunks of approved
tables, freezing of statuses). A 202 answer is given after the commit of ``queue`` and is never forgotten.
"""
