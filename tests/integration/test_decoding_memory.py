"""All that decoding remembers stays under 64 MB, whatever comes, and while it comes."""

from __future__ import annotations

import pytest

from ..support.decoding_memory import KINDS, took

pytestmark = pytest.mark.timeout(3600)

_MOST_MB = 64.0


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_little_memory_for_any_kind_of_traffic(kind: str) -> None:
    found = took(kind, megabytes=0.3 if kind in ("numbers", "births_of_many_groups") else 1)
    print(found)
    assert max(found.kept_mb, found.most_mb) < _MOST_MB
    assert found.counted_mb <= 24


@pytest.mark.soak
@pytest.mark.parametrize("kind", KINDS)
def test_little_memory_for_half_a_gigabyte_of_all_kinds(kind: str) -> None:
    found = took(kind, megabytes=500 if kind == "everything" else 30, timeout_s=3_000)
    print(found)
    assert max(found.kept_mb, found.most_mb) < _MOST_MB
    assert found.counted_mb <= 24
