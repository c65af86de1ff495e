"""How finely lines are cut: into how many buckets a window is divided."""

from __future__ import annotations

_STEPS = (1_000, 500, 200)
_MOST_IN_ALL = 10_000
_SLACK = 0.8


class Columns:
    """Buckets in a window, about one per pixel column, fewer where there are many lines.

    As another number cuts all lines anew, there are few to choose from, and it rises again only when lines have
    become clearly fewer.

    Example:
        >>> columns = Columns()
        >>> [columns.among(lines) for lines in (1, 10, 11, 10, 8, 50)]
        [1000, 1000, 500, 500, 1000, 200]
    """

    def __init__(self) -> None:
        self._present = _STEPS[0]

    def within(self, lines: int, width_px: int) -> int:
        """Buckets of each of so many lines in a picture that is so wide: one a pixel, for many lines fewer.

        Example:
            >>> Columns().within(1, 860), Columns().within(20, 860)
            (860, 430)
        """
        return max(1, width_px * self.among(lines) // _STEPS[0])

    def among(self, lines: int) -> int:
        """Buckets of each of so many lines."""
        for steps in _STEPS:
            room = _MOST_IN_ALL * (_SLACK if steps > self._present else 1.0)
            if steps * lines <= room or steps == _STEPS[-1]:
                self._present = steps
                break
        return self._present
