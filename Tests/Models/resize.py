"""Writes the images that Pillow makes of a known one at other sizes: python3 resize.py | gzip -9n > ../Sluice.Actors.Tests/Parsing/Data/resize.json.gz

The image is RGB; the component c of the pixel at (x, y) is (x*x*(3+c) + y*y*(5+2*c) + x*y*(7+c) + 11*x + 13*y + 41*c) % 256 where (x/5 + y/7) % 2 is 0, else 255 * c / 2.
"""
import base64, json, sys
import PIL
from PIL import Image

def image(width, height):
    pixels = bytearray()
    for y in range(height):
        for x in range(width):
            for c in range(3):
                smooth = (x // 5 + y // 7) % 2 == 0
                pixels.append((x * x * (3 + c) + y * y * (5 + 2 * c) + x * y * (7 + c) + 11 * x + 13 * y + 41 * c) % 256 if smooth else 255 * c // 2)
    return Image.frombytes('RGB', (width, height), bytes(pixels))

sizes = [(37, 23, 16, 16), (64, 64, 32, 32), (16, 16, 24, 24), (40, 100, 40, 11), (5, 3, 12, 20), (1, 1, 8, 8), (200, 1, 8, 8), (33, 47, 33, 12), (129, 255, 14, 14)]
cases = []
for width, height, to_width, to_height in sizes:
    for filter in (1, 2, 3, 4, 5):
        pixels = image(width, height).resize((to_width, to_height), resample=filter).tobytes()
        cases.append({'width': width, 'height': height, 'toWidth': to_width, 'toHeight': to_height, 'filter': filter, 'pixels': base64.b64encode(pixels).decode()})
json.dump({'pillow': PIL.__version__, 'cases': cases}, sys.stdout, indent=None, separators=(',', ':'))
