"""Transport of one document's words to another's, for the Word Mover's Distance."""

import numpy as np


def transport_cost(supplies: np.ndarray, demands: np.ndarray, costs: np.ndarray) -> float:
    """Return the least cost of moving supplies to demands: the earth mover's distance.

    Parameters
    ----------
    supplies, demands : float64 (m,) and (n,), not negative, each with the sum 1.
    costs : float64 (m, n), of moving 1 from i to j.

    Raises ImportError when neither POT nor SciPy, which solve it, is installed.
    """
    try:
        import ot
    except ImportError:
        pass
    else:
        return float(ot.emd2(supplies, demands, costs))
    try:
        from scipy.optimize import linprog
        from scipy.sparse import eye as identity
        from scipy.sparse import kron, vstack
    except ImportError:
        raise ImportError(
            "wmdistance needs a solver: pip install POT (SciPy does as well, slower)"
        ) from None
    m, n = costs.shape
    sums = vstack([kron(identity(m), np.ones((1, n))), kron(np.ones((1, m)), identity(n))])
    # The last sum follows from the others; with it rounding could leave no solution.
    bounds = np.concatenate([supplies, demands])
    return float(linprog(costs.ravel(), A_eq=sums.tocsr()[:-1], b_eq=bounds[:-1]).fun)
