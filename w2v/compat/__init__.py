"""Packages under other packages' names, for programs whose imports say those."""
