"""mypy plugin: a viper parameter `ptr8`, `ptr16` or `ptr32` takes any object with a buffer.

The interpreter converts on the call; the published stubs describe only the inside.
"""

from collections.abc import Callable

from mypy.plugin import FunctionSigContext, MethodSigContext, Plugin
from mypy.types import AnyType, FunctionLike, Instance, Type, TypeOfAny, get_proper_type

_POINTERS = {"builtins.ptr", "builtins.ptr8", "builtins.ptr16", "builtins.ptr32"}


def _widened(kind: Type) -> Type:
    proper = get_proper_type(kind)
    if isinstance(proper, Instance) and proper.type.fullname in _POINTERS:
        return AnyType(TypeOfAny.explicit)
    return kind


def _signature(context: FunctionSigContext | MethodSigContext) -> FunctionLike:
    signature = context.default_signature
    return signature.copy_modified(arg_types=[_widened(kind) for kind in signature.arg_types])


class ViperTypes(Plugin):
    """Widen pointer parameters of every function and method at its calls."""

    def get_function_signature_hook(self, fullname: str) -> Callable[[FunctionSigContext], FunctionLike] | None:
        """For calls of functions."""
        return None if fullname.startswith("builtins.") else _signature

    def get_method_signature_hook(self, fullname: str) -> Callable[[MethodSigContext], FunctionLike] | None:
        """For calls of methods."""
        return None if fullname.startswith("builtins.") else _signature


def plugin(_version: str) -> type[Plugin]:
    """The entry point that mypy looks for."""
    return ViperTypes
