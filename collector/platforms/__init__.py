"""The platforms: every module here whose name begins without ``_`` holds one class of its name."""

import importlib
import pkgutil

from collector.contract.platform_protocol import AnyPlatform


def platforms() -> dict[str, type[AnyPlatform]]:
    """Return every platform class by its name, in alphabetical order.

    Raises:
        TypeError: a module does not hold exactly one class whose ``name`` is the module's.
    """
    modules = [module.name for module in pkgutil.iter_modules(__path__)]
    names = sorted(name for name in modules if not name.startswith("_"))
    return {name: _platform_of(name) for name in names}


def _platform_of(name: str) -> type[AnyPlatform]:
    module = importlib.import_module(f"collector.platforms.{name}")
    classes = [
        member
        for member in vars(module).values()
        if isinstance(member, type) and getattr(member, "name", None) == name
    ]
    if len(classes) != 1:
        message = f"collector/platforms/{name}.py must hold one class with name = {name!r}"
        raise TypeError(message)
    return classes[0]
