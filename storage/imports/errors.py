"""Errors of a file that is imported."""


class BrokenFile(Exception):
    """The file cannot be trusted as a whole, so nothing of it is taken.

    ``line`` counts from 1; ``None`` when the fault has no line. ``remedy`` says what to do.
    """

    def __init__(self, problem: str, *, remedy: str, line: int | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy
        self.line = line


class UnrecognisedFile(BrokenFile):
    """The file is not an export that LiveTally knows, or it may be two of them."""


class MissingOption(BrokenFile):
    """The file does not say what has to be known, so an option has to."""
