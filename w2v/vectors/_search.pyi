import numpy as np
from numpy.typing import NDArray

METRICS: tuple[str, ...]
PANEL_ROWS: int

def kernel_names() -> list[str]: ...
def packs_bytes(kernel: str | None = None) -> bool: ...
def empty_panels(V: int, D: int, kernel: str | None = None) -> NDArray[np.int32]: ...
def pack(
    vectors: NDArray[np.float32],
    first: int,
    panels: NDArray[np.int32],
    kernel: str | None = None,
) -> None: ...

class Search:
    def __init__(
        self,
        queries: NDArray[np.float32],
        topn: int,
        metric: str = "cosine",
        packed: bool = False,
        kernel: str | None = None,
    ) -> None: ...
    def scan(
        self,
        vectors: NDArray[np.float32],
        first: int,
        allowed: NDArray[np.uint8] | None = None,
        panels: NDArray[np.int32] | None = None,
    ) -> None: ...
    def found(self) -> tuple[NDArray[np.float32], NDArray[np.int64]]: ...

def score(
    queries: NDArray[np.float32],
    vectors: NDArray[np.float32],
    metric: str,
    scores: NDArray[np.float32],
    kernel: str | None = None,
) -> None: ...
