"""More than one machine: who computes where, which rows are merged when, and how; no models."""
