"""Photographs and documents that a stranger sends: read, put upright, made smaller, freed of what they tell besides.

Nothing of the sender's file is kept but the picture: where it was taken, by whose telephone, and whatever
is hidden behind it are left out, because it is written anew from its pixels.
"""

import io
import re
import struct
import unicodedata
from typing import NamedTuple

# WebP is what Chinese telephones send; Odoo does not load its reader by itself.
from PIL import Image, ImageOps, WebPImagePlugin

FORMATS = ('JPEG', 'PNG', WebPImagePlugin.WebPImageFile.format)
# Bytes of one file as it is sent, pixels that are unpacked of it, and what is kept of them.
FILE_MAX = 20 * 1024 * 1024
PIXELS_MAX = 50_000_000
SIDE_MAX = 1920
QUALITY = 85
NAME_MAX = 80
# What a damaged or forged picture makes the readers stumble over.
DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    IndexError,
    EOFError,
    OverflowError,
    struct.error,
)


class EvidenceRefused(Exception):
    """A file that is not taken; ``problem`` is one of ``empty``, ``too_big``, ``too_many_pixels``, ``damaged``,
    ``kind``.
    """

    def __init__(self, problem):
        super().__init__(problem)
        self.problem = problem


class Evidence(NamedTuple):
    """A file as it is kept."""

    name: str
    content: bytes
    mimetype: str


def read_evidence(name, content):
    """A file as it may be kept: by what it holds, whatever its name says.

    :param str name: as the sender calls it
    :param bytes content:
    :return: ``Evidence``: a JPEG of ``SIDE_MAX`` pixels at most, or the PDF as it came
    :raise EvidenceRefused: for what is neither a photograph nor a PDF, or is too much
    """
    if not content:
        raise EvidenceRefused('empty')
    if len(content) > FILE_MAX:
        raise EvidenceRefused('too_big')
    if content.startswith(b'%PDF-'):
        return Evidence(clean_name(name, 'pdf'), content, 'application/pdf')
    return Evidence(clean_name(name, 'jpg'), shrink(content), 'image/jpeg')


def shrink(content):
    """The photograph upright, with its longest side at most ``SIDE_MAX``, as a JPEG without any metadata.

    :raise EvidenceRefused: see ``read_evidence``
    """
    try:
        # Reads the head alone; the pixels are counted before any is unpacked.
        image = Image.open(io.BytesIO(content), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise EvidenceRefused('too_many_pixels') from error
    except DAMAGED as error:
        is_picture = content.startswith((b'\xff\xd8\xff', b'\x89PNG', b'RIFF'))
        raise EvidenceRefused('damaged' if is_picture else 'kind') from error
    if image.width * image.height > PIXELS_MAX:
        raise EvidenceRefused('too_many_pixels')
    try:
        image.thumbnail((SIDE_MAX, SIDE_MAX), Image.Resampling.LANCZOS)
        image = _flatten(ImageOps.exif_transpose(image))
    except DAMAGED as error:
        raise EvidenceRefused('damaged') from error
    stream = io.BytesIO()
    image.save(stream, 'JPEG', quality=QUALITY, optimize=True)
    return stream.getvalue()


def _flatten(image):
    """The pixels alone, on white where they were transparent."""
    flat = Image.new('RGB', image.size, 'white')
    if 'A' in image.getbands() or 'transparency' in image.info:
        image = image.convert('RGBA')
        flat.paste(image, mask=image.getchannel('A'))
    else:
        flat.paste(image.convert('RGB'))
    return flat


def clean_name(name, extension):
    """A file name without folders, control signs and the extension it came with, but with its real one."""
    name = unicodedata.normalize('NFC', name or '').replace('\\', '/').rpartition('/')[2]
    # Control signs, signs that turn the direction of writing, halves of characters.
    name = ''.join(sign for sign in name if unicodedata.category(sign)[0] != 'C')
    stem = re.sub(r'\.\w{1,5}$', '', name).strip(' .')[:NAME_MAX]
    return f'{stem or "file"}.{extension}'
