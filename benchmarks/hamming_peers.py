"""Other libraries that find the nearest of binary codes, each as a function of a query."""

import sqlite3
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.codes import Codes

Search = Callable[[Codes, int], NDArray[np.generic]]
"""The distances of the nearest so many, ascending."""


class Flat:
    """faiss's scan of everything, with one thread.

    Args:
        codes: uint8 (n, n_bytes).
    """

    def __init__(self, codes: Codes) -> None:
        import faiss

        faiss.omp_set_num_threads(1)
        self._index = faiss.IndexBinaryFlat(codes.shape[1] * 8)
        self._index.add(codes)

    def search(self, code: Codes, top_k: int) -> NDArray[np.generic]:
        """The distances of the nearest so many, ascending."""
        distances: NDArray[np.generic] = self._index.search(code[np.newaxis], top_k)[0][0]
        return distances


def _faiss(make: Callable[[int], object]) -> Callable[[Codes], Search]:
    def prepare(codes: Codes) -> Search:
        import faiss

        faiss.omp_set_num_threads(1)
        index = make(codes.shape[1] * 8)
        index.add(codes)

        def search(code: Codes, top_k: int) -> NDArray[np.generic]:
            distances, ids = index.search(code[np.newaxis], top_k)
            return distances[0][ids[0] >= 0]

        return search

    return prepare


def _hash(n_bits: int) -> object:
    import faiss

    index = faiss.IndexBinaryHash(n_bits, 20)
    index.nflip = 2
    return index


def _multi_hash(n_bits: int) -> object:
    import faiss

    index = faiss.IndexBinaryMultiHash(n_bits, n_bits // 16, 16)
    index.nflip = 1
    return index


def _usearch(codes: Codes) -> Search:
    from usearch.index import MetricKind, search

    def find(code: Codes, top_k: int) -> NDArray[np.generic]:
        found = search(codes, code[np.newaxis], top_k, MetricKind.Hamming, exact=True, threads=1)
        return np.sort(found.distances)

    return find


def _sqlite_vec(codes: Codes) -> Search:
    import sqlite_vec

    connection = sqlite3.connect(":memory:")
    connection.enable_load_extension(True)
    sqlite_vec.load(connection)
    n_bits = codes.shape[1] * 8
    connection.execute(f"CREATE VIRTUAL TABLE codes USING vec0(code bit[{n_bits}])")
    connection.executemany(
        "INSERT INTO codes (code) VALUES (vec_bit(?))", ((code.tobytes(),) for code in codes)
    )

    def search(code: Codes, top_k: int) -> NDArray[np.generic]:
        rows = connection.execute(
            "SELECT distance FROM codes WHERE code MATCH vec_bit(?) AND k = ?",
            (code.tobytes(), top_k),
        )
        return np.sort([distance for (distance,) in rows])

    return search


PEERS: dict[str, Callable[[Codes], Search]] = {
    "faiss IndexBinaryFlat": lambda codes: Flat(codes).search,
    "faiss IndexBinaryHash, 20 bits, 2 flips": _faiss(_hash),
    "faiss IndexBinaryMultiHash, 4 × 16 bits, 1 flip": _faiss(_multi_hash),
    "usearch, exact": _usearch,
    "sqlite-vec": _sqlite_vec,
}
