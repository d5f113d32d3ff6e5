"""What bounds every response of a provider."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from engine.modelhost.straight import Bounded, EndlessError


class Endless(httpx.AsyncByteStream):
    """The same piece again and again."""

    def __init__(self, piece: bytes) -> None:
        self.piece, self.said, self.closed = piece, 0, False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            self.said += len(self.piece)
            yield self.piece

    async def aclose(self) -> None:
        self.closed = True


@pytest.mark.parametrize(("piece", "said"), [(b"x" * 100, 600), (b"data: x\n" * 10, 1_040)])
async def test_a_response_without_an_end_is_ended(piece: bytes, said: int) -> None:
    source = Endless(piece)
    response = httpx.Response(200, stream=Bounded(source, most=1_000, line=500))
    with pytest.raises(EndlessError):
        await response.aread()
    assert source.said == said
    await response.aclose()
    assert source.closed
