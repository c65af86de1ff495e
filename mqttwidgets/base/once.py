"""Properties that are found once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

Found = TypeVar("Found")


class once(Generic[Found]):  # noqa: N801 - a decorator, as `property` is
    """A property that is found when it is first asked for, and kept in the object's `__dict__`.

    `functools.cached_property` of Python 3.10 and 3.11 takes a lock of the class meanwhile. Where an interrupt
    falls just behind that, it is never given back: whoever asks in another thread then waits for ever. Here is no
    lock; two threads that ask at once may both find the value.

    Args:
        find: the method that finds it.

    Example:
        >>> class Circle:
        ...     @once
        ...     def area(self) -> float:
        ...         print("found")
        ...         return 3.14
        >>> circle = Circle()
        >>> circle.area, circle.area
        found
        (3.14, 3.14)
    """

    def __init__(self, find: Callable[[Any], Found]) -> None:
        self._find = find
        self._name = find.__name__
        self.__doc__ = find.__doc__

    @overload
    def __get__(self, instance: None, owner: type[Any]) -> once[Found]: ...

    @overload
    def __get__(self, instance: object, owner: type[Any]) -> Found: ...

    def __get__(self, instance: object | None, owner: type[Any]) -> once[Found] | Found:
        """The property; from the second time on Python takes it from the object itself."""
        if instance is None:
            return self
        found = vars(instance)[self._name] = self._find(instance)
        return found
