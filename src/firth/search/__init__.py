"""Questions to a table: neighbours, expressions, analogies, near spellings.

One rule holds for the nearest rows, whichever way they are found: **the score of a row is the float64 dot product of
the stored row and the unit query, divided by the stored norm; the best scores win, and of equal scores the lower row.**
The quick ways (float32 products, int8 rows, compiled blocks) only choose candidates, with a bound on their error wide
enough that no row of the answer can be missed. So all ways give the same answer, bit for bit.
"""

from __future__ import annotations

from firth.search.neighbours import Neighbour, Neighbours

__all__ = ["Neighbour", "Neighbours"]
