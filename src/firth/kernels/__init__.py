"""The hot loops: functions compiled by numba that take and return plain arrays. Nothing else in firth is compiled.

Importing a module of this room imports numba (about a third of a second), so the rooms above import one only inside
the function that runs it.
"""
