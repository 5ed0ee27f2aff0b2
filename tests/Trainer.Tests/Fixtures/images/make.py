#!/usr/bin/env python3
"""Makes the images of this folder and expected.json: what Pillow reads in them.

    python3 make.py      (made with Pillow 9.4.0 and NumPy 1.24.2 of Debian 12)

expected.json has for each file its RGB pixels, base64, as torchvision's default loader reads them, and for some of them
the RGB pixels resized to a shorter side of 10 and of 40 pixels, cropped to the middle 9×9, and in grey.
"""
import base64
import json
import pathlib

import numpy
from PIL import Image

HERE = pathlib.Path(__file__).parent
WIDTH, HEIGHT = 23, 17


def picture(channels):
    """Smooth colours with edges and some noise."""
    rows, columns = numpy.mgrid[0:HEIGHT, 0:WIDTH]
    random = numpy.random.RandomState(0)
    planes = [127 + 90 * numpy.sin(rows / (2 + plane) + plane) * numpy.cos(columns / (3 + plane)) for plane in range(channels)]
    values = numpy.stack(planes, 2) + random.normal(0, 8, (HEIGHT, WIDTH, channels))
    values[4:9, 6:14] = 255 - values[4:9, 6:14]
    return values.clip(0, 255).astype("uint8")


def encode(image):
    return base64.b64encode(numpy.asarray(image).tobytes()).decode()


def shorter_side(image, length):
    """torchvision's Resize(length) with its default interpolation."""
    width, height = image.size
    size = (length, int(length * height / width)) if width <= height else (int(length * width / height), length)
    return image.resize(size, Image.BILINEAR)


def centre(image, side):
    """torchvision's CenterCrop(side)."""
    left, top = int(round((image.width - side) / 2.0)), int(round((image.height - side) / 2.0))
    return image.crop((left, top, left + side, top + side))


def main():
    colours = picture(3)
    rgb, grey = Image.fromarray(colours), Image.fromarray(picture(1)[:, :, 0])
    translucent = Image.fromarray(numpy.dstack([colours, numpy.tile(numpy.arange(WIDTH, dtype="uint8") * 11, (HEIGHT, 1))]))
    palette = rgb.quantize(32)
    rotated = Image.Exif()
    rotated[0x0112] = 6  # orientation: turn by 90 degrees
    deep = (picture(1)[:, :, 0].astype("uint16") << 8) + 77

    rgb.save(HERE / "rgb.png")
    grey.save(HERE / "grey.png")
    translucent.save(HERE / "alpha.png")
    grey.convert("LA").save(HERE / "grey-alpha.png")
    palette.save(HERE / "palette.png")
    palette.save(HERE / "palette-transparent.png", transparency=3)
    grey.point(lambda value: 255 * (value > 127)).convert("1").save(HERE / "one-bit.png")
    Image.fromarray(deep).save(HERE / "grey-16.png")
    rgb.save(HERE / "444.jpg", quality=95, subsampling=0)
    rgb.save(HERE / "420.jpg", quality=85, subsampling=2)
    rgb.save(HERE / "422.jpg", quality=75, subsampling=1)
    rgb.save(HERE / "progressive.jpg", quality=85, progressive=True)
    rgb.save(HERE / "rotated.jpg", quality=90, exif=rotated)
    grey.save(HERE / "grey.jpg", quality=90)
    rgb.convert("CMYK").save(HERE / "cmyk.jpg", quality=95)
    rgb.save(HERE / "picture.webp", lossless=True)

    expected = {}
    for path in sorted([*HERE.glob("*.png"), *HERE.glob("*.jpg")]):
        with Image.open(path) as opened:
            loaded = opened.convert("RGB")
        if path.name == "grey-16.png":  # Pillow cuts 16 bits of grey off at 255; of 16 bits of RGB it keeps the upper 8
            loaded = Image.fromarray((deep >> 8).astype("uint8")).convert("RGB")
        expected[path.name] = {"width": loaded.width, "height": loaded.height, "rgb": encode(loaded)}
        if path.name in ("rgb.png", "palette.png"):
            expected[path.name] |= {
                "smaller": encode(shorter_side(loaded, 10)),
                "larger": encode(shorter_side(loaded, 40)),
                "odd": encode(loaded.resize((7, 31), Image.BILINEAR)),
                "middle": encode(centre(loaded, 9)),
                "resizedMiddle": encode(centre(shorter_side(loaded, 10), 9)),
                "grey": encode(loaded.convert("L")),
                "greySmaller": encode(shorter_side(loaded.convert("L"), 10)),
            }
    (HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
