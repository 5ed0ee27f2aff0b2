#!/usr/bin/env python3
"""Makes the first images of Fashion-MNIST in every format but Parquet, which make_parquet.cs makes of them.

    python3 make.py [TRAIN TEST [OUT [SOURCE]]]      (made with Pillow 9.4.0 and NumPy 1.24.2 of Debian 12)

TRAIN and TEST are the numbers of images, by default 128 and 40; OUT is the folder to write into, by default this one;
SOURCE that of the files of Debian's dataset-fashion-mnist. It writes four IDX files, fashion.npz, and folder.zip with
train/CLASS/ROW.png and test/CLASS/ROW.png.
"""
import gzip
import io
import pathlib
import struct
import sys
import zipfile

import numpy
from PIL import Image

DATE = (2026, 11, 29, 0, 0, 0)


def read(source, name, count):
    raw = gzip.decompress((source / f"{name}.gz").read_bytes())
    images = "images" in name
    shape = (28, 28) if images else ()
    return numpy.frombuffer(raw, "uint8", offset=16 if images else 8).reshape(-1, *shape)[:count]


def write(out, name, values):
    header = struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape)
    (out / f"{name}.gz").write_bytes(gzip.compress(header + values.tobytes(), mtime=0))


def main():
    arguments = sys.argv[1:]
    counts = {"train": int(arguments[0]), "t10k": int(arguments[1])} if arguments else {"train": 128, "t10k": 40}
    out = pathlib.Path(arguments[2]) if len(arguments) > 2 else pathlib.Path(__file__).parent
    source = pathlib.Path(arguments[3]) if len(arguments) > 3 else pathlib.Path("/usr/share/datasets/fashion-mnist")
    arrays = {}
    with zipfile.ZipFile(out / "folder.zip", "w") as folder:
        for part, count in counts.items():
            images = read(source, f"{part}-images-idx3-ubyte", count)
            labels = read(source, f"{part}-labels-idx1-ubyte", count)
            assert len(numpy.unique(labels)) == 10
            write(out, f"{part}-images-idx3-ubyte", images)
            write(out, f"{part}-labels-idx1-ubyte", labels)
            name = "test" if part == "t10k" else part
            arrays |= {f"{name}_images": images, f"{name}_labels": labels}
            for row, (image, label) in enumerate(zip(images, labels)):
                file = io.BytesIO()
                Image.fromarray(image).save(file, "PNG")
                folder.writestr(zipfile.ZipInfo(f"{name}/{label}/{row:05}.png", DATE), file.getvalue())
    numpy.savez_compressed(out / "fashion.npz", **arrays)


if __name__ == "__main__":
    main()
