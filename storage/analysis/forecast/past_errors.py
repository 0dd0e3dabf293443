"""How far forecasts of public series missed. Written by `benchmarks/forecast.py --write`, not by hand."""

#: What it was measured on.
SERIES, FORECASTS = 202, 715

#: Misses by the doubt of their forecast, positive where too little was said: evenly spaced quantiles.
SCORES = (
    -3.603,
    -2.498,
    -1.963,
    -1.681,
    -1.465,
    -1.317,
    -1.117,
    -1.031,
    -0.948,
    -0.873,
    -0.780,
    -0.709,
    -0.633,
    -0.577,
    -0.519,
    -0.438,
    -0.389,
    -0.332,
    -0.280,
    -0.234,
    -0.178,
    -0.100,
    -0.049,
    0.014,
    0.086,
    0.144,
    0.219,
    0.280,
    0.375,
    0.475,
    0.575,
    0.680,
    0.797,
    0.921,
    1.063,
    1.159,
    1.438,
    1.708,
    2.170,
    3.028,
    5.196,
)

#: By the share of the time that had passed: the median miss, as a share of the final sum.
MISSED = (
    (0.1, 0.219),
    (0.25, 0.157),
    (0.5, 0.098),
    (0.75, 0.046),
)
