"""The gate's expectations in code, one file per table. Adding one is adding a `Check` to its list.

These modules import Great Expectations (7 to 12 s of CPU): `quality.gate` imports them inside the task.
"""
