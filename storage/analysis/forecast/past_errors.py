"""How far forecasts of public series missed. Written by `benchmarks/forecast.py --write`, not by hand."""

#: What it was measured on.
SERIES, FORECASTS = 202, 715

#: Misses by the doubt of their forecast, positive where too little was said: evenly spaced quantiles.
SCORES = (
    -3.648,
    -2.456,
    -1.990,
    -1.659,
    -1.467,
    -1.262,
    -1.149,
    -1.059,
    -0.966,
    -0.871,
    -0.780,
    -0.707,
    -0.632,
    -0.562,
    -0.495,
    -0.435,
    -0.375,
    -0.321,
    -0.262,
    -0.223,
    -0.174,
    -0.121,
    -0.069,
    -0.018,
    0.060,
    0.137,
    0.191,
    0.256,
    0.327,
    0.411,
    0.559,
    0.652,
    0.747,
    0.887,
    0.958,
    1.163,
    1.341,
    1.690,
    2.198,
    2.957,
    5.210,
)

#: By the share of the time that had passed: the median miss, as a share of the final sum.
MISSED = (
    (0.1, 0.201),
    (0.25, 0.156),
    (0.5, 0.097),
    (0.75, 0.043),
)

#: By the share of the time that had passed: how many times as far apart scores lay half-way to the end.
HALFWAY = (
    (0.1, 1.157),
    (0.25, 1.078),
    (0.5, 0.957),
    (0.75, 1.178),
)
