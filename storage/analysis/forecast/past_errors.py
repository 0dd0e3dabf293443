"""How far forecasts of public series missed. Written by `benchmarks/forecast.py --write`, not by hand."""

#: What it was measured on.
SERIES, FORECASTS = 202, 715

#: Misses by the doubt of their forecast, positive where too little was said: evenly spaced quantiles.
SCORES = (
    -3.636,
    -2.475,
    -1.988,
    -1.691,
    -1.471,
    -1.277,
    -1.120,
    -1.050,
    -0.966,
    -0.882,
    -0.793,
    -0.703,
    -0.639,
    -0.578,
    -0.507,
    -0.449,
    -0.407,
    -0.340,
    -0.280,
    -0.232,
    -0.182,
    -0.127,
    -0.076,
    -0.034,
    0.041,
    0.119,
    0.199,
    0.274,
    0.358,
    0.431,
    0.545,
    0.666,
    0.761,
    0.900,
    1.007,
    1.148,
    1.382,
    1.706,
    2.198,
    2.993,
    5.186,
)

#: By the share of the time that had passed: the median miss, as a share of the final sum.
MISSED = (
    (0.1, 0.199),
    (0.25, 0.154),
    (0.5, 0.096),
    (0.75, 0.043),
)

#: By the share of the time that had passed: how many times as far apart scores lay half-way to the end.
HALFWAY = (
    (0.1, 1.131),
    (0.25, 1.034),
    (0.5, 0.946),
    (0.75, 1.152),
)
