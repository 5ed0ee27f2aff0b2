#!/usr/bin/env python3
"""Makes the arrays of this folder with NumPy.

    python3 make.py      (made with NumPy 1.24.2 of Debian 12)

Each array of images has the values (37 i) % 256 for i = 0, 1, … in the order N×C×H×W, in the layout of its name.
"""
import pathlib

import numpy

HERE = pathlib.Path(__file__).parent
LABELS = [2, 0, 1, 1, 0]


def main():
    nchw = (37 * numpy.arange(5 * 3 * 4 * 6) % 256).astype("uint8").reshape(5, 3, 4, 6)
    nhwc, nhw, labels = nchw.transpose(0, 2, 3, 1).copy(), nchw[:, 0].copy(), numpy.array(LABELS)
    numpy.save(HERE / "nchw.npy", nchw)
    numpy.save(HERE / "nhwc.npy", nhwc)
    numpy.save(HERE / "nhw.npy", nhw)
    for kind in ("float16", "float32", "float64"):
        numpy.save(HERE / f"nhw-{kind}.npy", (nhw / 255).astype(kind))
    for kind in ("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"):
        numpy.save(HERE / f"labels-{kind}.npy", labels.astype(kind))
    numpy.save(HERE / "labels-column.npy", labels.reshape(5, 1).astype("uint8"))
    numpy.savez(HERE / "stored.npz", images=nhwc, labels=labels)
    numpy.savez_compressed(
        HERE / "deflated.npz", x_train=nhw, y_train=labels, x_test=nhw[:2], y_test=labels[:2].astype("uint8"))
    with open(HERE / "version-2.npy", "wb") as file:
        numpy.lib.format.write_array(file, nhw, version=(2, 0))
    # What is refused.
    numpy.save(HERE / "fortran.npy", numpy.asfortranarray(nchw))
    numpy.save(HERE / "big-endian.npy", nhw.astype(">f4"))
    numpy.save(HERE / "objects.npy", numpy.array([nhw, None], dtype=object), allow_pickle=True)
    numpy.save(HERE / "fields.npy", numpy.zeros(5, dtype=[("image", "u1"), ("label", "i8")]))
    numpy.save(HERE / "complex.npy", nhw.astype("complex64"))
    numpy.save(HERE / "scalar.npy", numpy.uint8(3))


if __name__ == "__main__":
    main()
