#!/usr/bin/env python3
"""Makes corruptions.json: common corruptions of one image, by the libraries that the public code uses.

Debian: apt-get install python3-opencv python3-skimage python3-wand python3-pil. The random numbers are those of a
linear congruential generator, which the test repeats. Frost has no photographs in the project and is left out. The
public code is for 32×32; for 28×28 its lengths in pixels are multiplied by 28/32, but for defocus blur's. Of most results every fifth value is
kept.
"""
import base64
import ctypes
import io
import json
import os

import cv2
import numpy as np
from PIL import Image
from scipy.ndimage import map_coordinates, zoom
from skimage import color
from skimage.filters import gaussian
from wand.api import library
from wand.image import Image as WandImage

SIDE = 32  # Later 28.
library.MagickMotionBlurImage.argtypes = (ctypes.c_void_p, ctypes.c_double, ctypes.c_double, ctypes.c_double)


def uniform(number, *shape):
    state, values = number + 1, []
    for _ in range(int(np.prod(shape))):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        values.append((state >> 11) / 2**53)
    return np.array(values).reshape(shape)


def normal(number, *shape):
    pairs = uniform(number, int(np.prod(shape)), 2)
    return (np.sqrt(-2 * np.log(1 - pairs[:, 0])) * np.cos(2 * np.pi * pairs[:, 1])).reshape(shape)


def scaled(lengths):
    return tuple(length * SIDE / 32 for length in lengths)


def planes(values):
    """From [C, H, W] to [H, W, C]."""
    return np.transpose(values, (1, 2, 0))


def middle(image, factor):
    kept = int(np.ceil(SIDE / factor))
    top = (SIDE - kept) // 2
    large = zoom(image[top:top + kept, top:top + kept], (factor, factor, 1), order=1)
    top = (large.shape[0] - SIDE) // 2
    return large[top:top + SIDE, top:top + SIDE]


def motion(levels, radius, sigma, angle):
    file = io.BytesIO()
    Image.fromarray(levels).save(file, 'PNG')
    with WandImage(blob=file.getvalue()) as image:
        library.MagickMotionBlurImage(image.wand, radius, sigma, angle)
        return np.asarray(Image.open(io.BytesIO(image.make_blob('PNG'))))


def plasma(decay):
    side, noise, draw = np.zeros((32, 32)), 100.0, 0
    step = 32
    while step >= 2:
        half = step // 2
        starts = [(half, half), (0, half), (half, 0)]
        for place, (row, column) in enumerate(starts):
            corners = side[0::step, 0::step]
            if place == 0:
                total = corners + np.roll(corners, -1, 0)
                total = total + np.roll(total, -1, 1)
            else:
                centres, axis = side[half::step, half::step], place - 1
                total = centres + np.roll(centres, 1, axis) + corners + np.roll(corners, -1, 1 - axis)
            size = total.shape
            side[row::step, column::step] = total / 4 + noise * noise * (2 * uniform(draw, 1, *size)[0] - 1)
            draw += 1
        step, noise = half, noise / decay
    side -= side.min()
    return (side / side.max())[:SIDE, :SIDE]


def gaussian_noise(x, level, _):
    return x + planes(normal(0, 3, SIDE, SIDE)) * level


def shot_noise(x, level, _):
    from scipy.stats import poisson
    return poisson.ppf(planes(uniform(0, 3, SIDE, SIDE)), x * level) / level


def impulse_noise(x, level, _):
    changed, salt = planes(uniform(0, 3, SIDE, SIDE)) <= level, planes(uniform(1, 3, SIDE, SIDE)) <= 0.5
    return np.where(changed, salt.astype(float), x)


def defocus_blur(x, level, _):
    radius, smoothing = level
    rows, columns = np.mgrid[-8:9, -8:9]
    disk = ((rows ** 2 + columns ** 2) <= radius ** 2).astype(np.float32)
    disk = cv2.GaussianBlur(disk / disk.sum(), (3, 3), smoothing)
    return np.stack([cv2.filter2D(x[:, :, c], -1, disk) for c in range(3)], 2)


def blurred(x, sigma):
    return np.stack([gaussian(x[:, :, c], sigma=sigma, mode='nearest') for c in range(3)], 2)


def glass_blur(x, level, _):
    sigma, reach, times = level
    sigma, = scaled((sigma,))
    levels = np.uint8(blurred(x, sigma) * 255)
    draws = uniform(0, times, SIDE, SIDE, 2)
    for time in range(times):
        for row in range(SIDE - reach, reach, -1):
            for column in range(SIDE - reach, reach, -1):
                d = np.floor(draws[time, row, column] * 2 * reach).astype(int) - reach
                near = (row + d[1], column + d[0])
                levels[row, column], levels[near] = levels[near], levels[row, column]
    return blurred(levels / 255.0, sigma)


def motion_blur(x, level, levels):
    return motion(levels, *scaled(level), uniform(0, 1)[0] * 90 - 45) / 255.0


def zoom_blur(x, level, _):
    factors = np.arange(1, level, 0.01)
    return (x + sum(middle(x, factor) for factor in factors)) / (len(factors) + 1)


def snow(x, level, _):
    mean, deviation, factor, threshold, radius, sigma, kept = level
    radius, sigma = scaled((radius, sigma))
    flakes = middle((mean + deviation * normal(0, 1, SIDE, SIDE)[0])[:, :, None], factor)[:, :, 0]
    flakes = np.where(flakes < threshold, 0, flakes)
    lines = motion((np.clip(flakes, 0, 1) * 255).astype(np.uint8), radius, sigma, uniform(1, 1)[0] * 90 - 135)
    lines = (lines if lines.ndim == 2 else lines[:, :, 0])[:, :, None] / 255.0
    grey = cv2.cvtColor(x.astype(np.float32), cv2.COLOR_RGB2GRAY)[:, :, None]
    return kept * x + (1 - kept) * np.maximum(x, grey * 1.5 + 0.5) + lines + np.rot90(lines, 2)


def fog(x, level, _):
    weight, decay = level
    return (x + weight * plasma(decay)[:, :, None]) * x.max() / (x.max() + weight)


def brightness(x, level, _):
    hsv = color.rgb2hsv(x)
    hsv[:, :, 2] = np.clip(hsv[:, :, 2] + level, 0, 1)
    return color.hsv2rgb(hsv)


def contrast(x, level, _):
    mean = x.mean((0, 1), keepdims=True)
    return (x - mean) * level + mean


def elastic_transform(x, level, _):
    strength, smoothing, jitter = (SIDE * one for one in level)
    centre, size = SIDE // 2, SIDE // 3
    points = np.float32([[centre + size] * 2, [centre + size, centre - size], [centre - size] * 2])
    moved = points + ((2 * uniform(0, 3, 2) - 1) * jitter).astype(np.float32)
    x = cv2.warpAffine(x.astype(np.float32), cv2.getAffineTransform(points, moved), (SIDE, SIDE),
                       borderMode=cv2.BORDER_REFLECT_101)
    fields = [gaussian(2 * uniform(draw, SIDE, SIDE) - 1, smoothing, mode='reflect', truncate=3) * strength
              for draw in (1, 2)]
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    return np.stack([map_coordinates(x[:, :, c], (rows + fields[1], columns + fields[0]), order=1, mode='reflect')
                     for c in range(3)], 2)


def pixelate(x, level, levels):
    size = int(SIDE * level)
    return np.asarray(Image.fromarray(levels).resize((size, size), Image.BOX).resize((SIDE, SIDE), Image.BOX)) / 255.0


def jpeg_compression(x, level, levels):
    file = io.BytesIO()
    Image.fromarray(levels).save(file, 'JPEG', quality=level)
    return np.asarray(Image.open(file)) / 255.0


# Those of make_cifar_c.py, by severity.
LEVELS = {
    gaussian_noise: (.04, .06, .08, .09, .10), shot_noise: (500, 250, 100, 75, 50),
    impulse_noise: (.01, .02, .03, .05, .07),
    defocus_blur: ((0.3, 0.4), (0.4, 0.5), (0.5, 0.6), (1, 0.2), (1.5, 0.1)),
    glass_blur: ((0.05, 1, 1), (0.25, 1, 1), (0.4, 1, 1), (0.25, 1, 2), (0.4, 1, 2)),
    motion_blur: ((6, 1), (6, 1.5), (6, 2), (8, 2), (9, 2.5)), zoom_blur: (1.06, 1.11, 1.16, 1.21, 1.26),
    snow: ((0.1, 0.2, 1, 0.6, 8, 3, 0.95), (0.1, 0.2, 1, 0.5, 10, 4, 0.9), (0.15, 0.3, 1.75, 0.55, 10, 4, 0.9),
           (0.25, 0.3, 2.25, 0.6, 12, 6, 0.85), (0.3, 0.3, 1.25, 0.65, 14, 12, 0.8)),
    fog: ((.2, 3), (.5, 3), (.75, 2.5), (1, 2), (1.5, 1.75)), brightness: (.05, .1, .15, .2, .3),
    contrast: (.75, .5, .4, .3, .15),
    elastic_transform: ((0, 0, 0.08), (0.05, 0.2, 0.07), (0.08, 0.06, 0.06), (0.1, 0.04, 0.05), (0.1, 0.03, 0.03)),
    pixelate: (0.95, 0.9, 0.85, 0.75, 0.65), jpeg_compression: (80, 65, 58, 50, 40),
}


def flat(image, step=1):
    values = np.ascontiguousarray(np.transpose(image, (2, 0, 1))).reshape(-1)[::step]
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()


def corrupted(corruption, level, levels):
    return np.uint8(np.clip(corruption(levels / 255.0, level, levels), 0, 1) * 255)


def main():
    global SIDE
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    waves = [0.5 + 0.5 * np.sin(rows / (3.0 + c) + c) * np.cos(columns / (5.0 - c)) for c in range(3)]
    levels = np.uint8(np.clip(np.stack(waves, 2) + 0.1 * (planes(uniform(99, 3, SIDE, SIDE)) - 0.5), 0, 1) * 255)
    results, samples = [], []
    for side in (32, 28):
        SIDE, part = side, levels[:side, :side]
        for corruption, constants in LEVELS.items():
            name = corruption.__name__.replace('_', '-')
            for severity, level in enumerate(constants, 1):
                changed = corrupted(corruption, level, np.ascontiguousarray(part))
                if side == 32 and severity in (2, 5):
                    results.append({'name': name, 'severity': severity, 'image': flat(changed)})
                else:
                    samples.append({'name': name, 'severity': severity, 'side': side, 'values': flat(changed, 5)})
    path = os.path.join(os.path.dirname(__file__), 'corruptions.json')
    with open(path, 'w') as file:
        json.dump({'side': 32, 'image': flat(levels), 'results': results, 'samples': samples}, file, indent=1)
        file.write('\n')


main()
