#!/usr/bin/env python3
"""A classifier that trainer evaluate asks: scripts/trainer.sh evaluate recipes/program-example/server.py --program …

With a port as its argument it is a server, for evaluate http://localhost:PORT/. The protocol is in scripts/README.md.
Replace logits by your own model.
"""
import array
import http.server
import io
import struct
import sys


def logits(image, channels, height, width):
    """Ten numbers for an image of floats in [0, 1]: here the brightness of its rows, for classes 0 to 9."""
    rows = [sum(image[row * width:(row + 1) * width]) for row in range(channels * height)]
    return (rows + [0.0] * 10)[:10]


def answer(question):
    """The answer to the next question of a binary file; None at its end."""
    header = question.read(16)
    if not header:
        return None
    count, channels, height, width = struct.unpack("<4i", header)
    size = channels * height * width
    pixels = array.array("f", question.read(4 * count * size))
    answers = array.array("f")
    for place in range(count):
        answers.extend(logits(pixels[place * size:(place + 1) * size], channels, height, width))
    return struct.pack("<2i", count, 10) + answers.tobytes()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = answer(io.BytesIO(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code="-", size="-"):
        pass


def main():
    if len(sys.argv) > 1:
        http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
    while body := answer(sys.stdin.buffer):
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
