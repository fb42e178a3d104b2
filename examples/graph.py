"""Vectors of nodes: characters of "Les Miserables" that stand in chapters together, by walks.

The graph comes with networkx. Groups of nodes whose vectors are near each other are compared with
those that networkx finds in the graph itself.
"""

import random

import networkx as nx
import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

import w2v

graph = nx.les_miserables_graph()
draw = random.Random(1)


def walks(n_walks=20, length=30):
    """Yield walks from every node; who meets more often is visited more often."""
    for _ in range(n_walks):
        for node in graph:
            walk = [node]
            while len(walk) < length:
                near = graph[walk[-1]]
                walk += draw.choices(list(near), [near[n]["weight"] for n in near])
            yield walk


wv = w2v.train(walks(), sg=1, vector_size=32, window=4, sample=0, epochs=5, workers=1).wv
for name in ("Valjean", "Marius", "Myriel"):
    print(f"{name:8}", ", ".join(near for near, _ in wv.most_similar(name, topn=5)))

communities = nx.community.greedy_modularity_communities(graph, weight="weight")
truth = [next(i for i, each in enumerate(communities) if node in each) for node in wv.index_to_key]
unit = wv.get_normed_vectors()
groups = KMeans(len(communities), n_init=10, random_state=1).fit_predict(unit)
agreement = adjusted_rand_score(truth, groups)
print(f"\n{len(communities)} groups; agreement with networkx's: {agreement:.2f} (chance: 0)")
for group in range(len(communities)):
    print(f"  {group}", ", ".join(np.array(wv.index_to_key)[groups == group][:6]))
assert agreement > 0.4
