"""PNG files by hand, for what no program would write."""

import struct
import zlib


def chunk(name, content):
    """A part of a PNG file.

    Args:
        name: Four bytes, what it is.
        content: Bytes.

    Returns:
        Bytes.
    """
    checksum = zlib.crc32(name + content)
    return (
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", checksum)
    )
