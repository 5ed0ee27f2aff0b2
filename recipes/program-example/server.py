#!/usr/bin/env python3
"""A classifier that trainer evaluate asks: scripts/trainer.sh evaluate recipes/program-example/server.py --program …

The protocol is in scripts/README.md. Replace logits by your own model.
"""
import array
import struct
import sys


def logits(image, channels, height, width):
    """Ten numbers for an image of floats in [0, 1]: here the brightness of its rows, for classes 0 to 9."""
    rows = [sum(image[row * width:(row + 1) * width]) for row in range(channels * height)]
    return (rows + [0.0] * 10)[:10]


def main():
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while header := source.read(16):
        count, channels, height, width = struct.unpack("<4i", header)
        size = channels * height * width
        pixels = array.array("f", source.read(4 * count * size))
        answers = array.array("f")
        for place in range(count):
            answers.extend(logits(pixels[place * size:(place + 1) * size], channels, height, width))
        target.write(struct.pack("<2i", count, 10) + answers.tobytes())
        target.flush()


if __name__ == "__main__":
    main()
