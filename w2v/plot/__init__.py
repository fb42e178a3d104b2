"""Pictures of word vectors, by matplotlib, which is imported when the first is drawn.

Each function takes KeyedVectors (ours or gensim's), a model, or a pair (words, vectors), draws on
the axes given as `ax` or on new ones, returns them, and passes other keywords on to matplotlib.
Owns what is drawn; the terminal's pictures are in cli/.

>>> import matplotlib.pyplot as plt
>>> import numpy as np
>>> import w2v.plot
>>> wv = w2v.KeyedVectors(["king", "queen", "man", "woman"], np.eye(4) + 0.1)
>>> ax = w2v.plot.heatmap(wv, ["king", "queen"], difference=[("king", "man")])
>>> plt.savefig("heatmap.png")
"""

from .charts import compare, losses, neighbours
from .maps import analogies, map
from .matrices import heatmap, similarities
from .pages import page

__all__ = ["analogies", "compare", "heatmap", "losses", "map", "neighbours", "page", "similarities"]
