"""Writes every-dtype.safetensors by the format's description alone: python3 make.py

Eight bytes of length, a JSON header padded with spaces to a multiple of eight, then the tensors by dtype (in the
reference implementation's order, descending) and by name. Only json and struct are used.
"""

import json
import pathlib
import struct

TENSORS = [  # name, dtype, shape, struct format, values as stored
    ("count", "I64", [], "q", [-9007199254740993]),
    ("double", "F64", [2], "d", [0.1, -1e300]),
    ("complex", "C64", [1], "f", [1.5, -2.0]),
    ("empty", "F32", [0, 3], "f", []),
    ("layer.0.weight", "F32", [2, 3], "f", [1.0, -2.5, 3.25, 0.0, 1e-38, 65504.0]),
    ("layer.10.bias", "F32", [1], "f", [7.0]),
    ("steps", "I32", [3], "i", [-1, 0, 2147483647]),
    ("brain", "BF16", [2], "H", [0x3F80, 0xC040]),  # 1, -3
    ("half", "F16", [2], "H", [0x3C00, 0xBE00]),  # 1, -1.5
    ("short", "I16", [1], "h", [-32768]),
    ("signed", "I8", [2], "b", [-128, 127]),
    ("bytes", "U8", [3], "B", [0, 128, 255]),
    ("größe \"1\"", "BOOL", [2, 2], "B", [1, 0, 0, 1]),
]

header, data = {"__metadata__": {"format": "pt", "note": "äöü \\ \" \n"}}, b""
for name, dtype, shape, code, values in TENSORS:
    raw = struct.pack(f"<{len(values)}{code}", *values)
    header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
    data += raw
text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
text += b" " * (-len(text) % 8)
path = pathlib.Path(__file__).with_name("every-dtype.safetensors")
path.write_bytes(struct.pack("<Q", len(text)) + text + data)
