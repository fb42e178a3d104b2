"""Corpora whose groups are known: walks on graphs, and texts of topics. Nothing is downloaded.

Each is made by (kind, size, seed) and gives sentences, lists of str, and the group of each word.
"""

import numpy as np

# Zachary's karate club, 1977: who met whom outside the club, and the members that stayed with Mr Hi
# when it split.
KARATE = (
    "0-1 0-2 1-2 0-3 1-3 2-3 0-4 0-5 0-6 4-6 5-6 0-7 1-7 2-7 3-7 0-8 2-8 2-9 0-10 4-10 5-10 0-11 "
    "0-12 3-12 0-13 1-13 2-13 3-13 5-16 6-16 0-17 1-17 0-19 1-19 0-21 1-21 23-25 24-25 2-27 23-27 "
    "24-27 2-28 23-29 26-29 1-30 8-30 0-31 24-31 25-31 28-31 2-32 8-32 14-32 15-32 18-32 20-32 "
    "22-32 23-32 29-32 30-32 31-32 8-33 9-33 13-33 14-33 15-33 18-33 19-33 20-33 22-33 23-33 26-33 "
    "27-33 28-33 29-33 30-33 31-33 32-33"
)
MR_HI = {0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 16, 17, 19, 21}

# Twelve walks of 40 steps from each node, more where there are few.
WALKS, STEPS = 12, 40


def corpus(kind: str, size: int, seed: int = 0) -> tuple[list[list[str]], dict[str, int]]:
    """Return sentences, and the group of each word."""
    random = np.random.default_rng(seed)
    if kind == "topics":
        return topics(size, random)
    edges, groups = {"karate": karate, "grid": grid, "communities": communities}[kind](size, random)
    n_walks = max(WALKS, 2000 // len(groups))
    return walks(edges, len(groups), n_walks, random), {str(i): g for i, g in enumerate(groups)}


def karate(size: int, random: np.random.Generator) -> tuple[np.ndarray, list[int]]:
    edges = np.array([list(map(int, edge.split("-"))) for edge in KARATE.split()])
    return edges, [int(member in MR_HI) for member in range(34)]


def grid(size: int, random: np.random.Generator) -> tuple[np.ndarray, list[int]]:
    """A square of size x size nodes; a group is a quarter of it."""
    node = np.arange(size * size).reshape(size, size)
    across = np.stack([node[:, :-1].ravel(), node[:, 1:].ravel()], 1)
    down = np.stack([node[:-1].ravel(), node[1:].ravel()], 1)
    row, column = np.divmod(np.arange(size * size), size)
    return np.concatenate([across, down]), (2 * (2 * row // size) + 2 * column // size).tolist()


def communities(size: int, random: np.random.Generator) -> tuple[np.ndarray, list[int]]:
    """17 communities of unequal size, nodes of unequal degree; half of the edges leave them."""
    n_groups, degree, mixing = 17, 8, 0.5
    groups = random.choice(n_groups, size, p=random.dirichlet(np.full(n_groups, 2.0)))
    weights = np.minimum(random.pareto(1.6, size) + 0.3, 30)
    n_edges = size * degree // 2
    one = random.choice(size, n_edges, p=weights / weights.sum())
    other = random.choice(size, n_edges, p=weights / weights.sum())
    stays = random.random(n_edges) >= mixing
    for group in range(n_groups):
        inside, at = np.flatnonzero(groups == group), stays & (groups[one] == group)
        if at.any():
            share = weights[inside] / weights[inside].sum()
            other[at] = random.choice(inside, at.sum(), p=share)
    edges = np.stack([one, other], 1)
    return edges[one != other], groups.tolist()


def walks(edges: np.ndarray, n: int, n_walks: int, random: np.random.Generator) -> list[list[str]]:
    """Return uniform random walks from every node that has an edge."""
    both = np.concatenate([edges, edges[:, ::-1]])
    both = both[np.argsort(both[:, 0], kind="stable")]
    degrees = np.bincount(both[:, 0], minlength=n)
    offsets = np.concatenate([[0], np.cumsum(degrees)])
    found = []
    for _ in range(n_walks):
        places = [random.permutation(np.flatnonzero(degrees))]
        for _ in range(STEPS - 1):
            at = places[-1]
            places.append(both[offsets[at] + (random.random(len(at)) * degrees[at]).astype(int), 1])
        found += np.stack(places, 1).tolist()
    return [list(map(str, walk)) for walk in found]


def topics(size: int, random: np.random.Generator) -> tuple[list[list[str]], dict[str, int]]:
    """Texts of 60 words, 15 of them of one topic, the others of any; Zipf's law in each."""
    n_topics = max(3, int(size**0.5 / 2))
    groups = np.arange(size) % n_topics
    weights = 1 / (np.arange(size) // n_topics + 2.0)
    n_texts = max(400, 2 * size)
    texts = random.choice(size, (n_texts, 60), p=weights / weights.sum())
    for topic in range(n_topics):
        inside = np.flatnonzero(groups == topic)
        mine = np.arange(n_texts) % n_topics == topic
        drawn = random.choice(inside, (mine.sum(), 15), p=weights[inside] / weights[inside].sum())
        texts[mine, :15] = drawn
    texts = random.permuted(texts, axis=1)
    return [list(map(str, text)) for text in texts.tolist()], {
        str(word): int(group) for word, group in enumerate(groups)
    }


def share_classified(vectors: np.ndarray, groups: np.ndarray, seed: int = 0) -> float:
    """Return the share of words whose group ridge regression tells, half of them known; percent."""
    random, shares = np.random.default_rng(seed), []
    wanted = np.eye(groups.max() + 1)[groups]
    table = np.concatenate([vectors - vectors.mean(0), np.ones((len(vectors), 1))], axis=1)
    table[:, :-1] /= table[:, :-1].std()
    for _ in range(20):
        order = random.permutation(len(groups))
        known, asked = order[: len(order) // 2], order[len(order) // 2 :]
        gram = table[known].T @ table[known] + 3.0 * np.eye(table.shape[1])
        found = table[asked] @ np.linalg.solve(gram, table[known].T @ wanted[known])
        shares.append((found.argmax(1) == groups[asked]).mean())
    return 100 * float(np.mean(shares))


def share_near(vectors: np.ndarray, groups: np.ndarray, n: int = 5) -> float:
    """Return the share of the n nearest words that are of a word's own group, in percent."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    scores = unit @ unit.T
    np.fill_diagonal(scores, -2)
    nearest = np.argsort(-scores, axis=1)[:, :n]
    return 100 * float((groups[nearest] == groups[:, None]).mean())
