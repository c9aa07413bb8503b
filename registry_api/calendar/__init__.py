"""The calendar of the law beside the chain: which windows are open, and the notices that the clock writes once."""
