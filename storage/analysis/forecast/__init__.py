"""How many views an edition may end with and when it may pass its target, as ranges with a chance.

Several plain methods each continue the sum; a blend weighs them by how well each would
have done before. Its ranges come from how far it missed in the past, not from a model of errors.
Nothing here is random: the same rows give the same forecast. Pure numpy and polars.
"""
