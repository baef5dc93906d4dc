# ruff: noqa: F821  # the names are given by the manifest reader
include("../manifest.py")
module("board.py")
require("wm8960")
