"""Photographs and documents that a stranger sends: read, put upright, made smaller, freed of what they tell besides.

Nothing of the sender's file is kept but the picture: where it was taken, by whose telephone, and whatever
is hidden behind it are left out, because it is written anew from its pixels.
"""

import io
import re
import struct
import unicodedata
from typing import NamedTuple

# WebP is what Chinese telephones send, TIFF what scanners do; Odoo does not load these, or PDF, by itself.
from PIL import (
    Image,
    ImageOps,
    PdfImagePlugin,  # noqa: F401  # pylint: disable=unused-import  # being loaded is all that it needs
    TiffImagePlugin,
    WebPImagePlugin,
)

FORMATS = ('JPEG', 'PNG', WebPImagePlugin.WebPImageFile.format)
TIFF = TiffImagePlugin.TiffImageFile.format
SCAN_FORMATS = ('GIF', 'BMP', TIFF)
# How their files begin: what then cannot be read is damaged.
BEGINNINGS = {
    FORMATS: (b'\xff\xd8\xff', b'\x89PNG', b'RIFF'),
    SCAN_FORMATS: (b'GIF8', b'BM', b'II*\x00', b'MM\x00*'),
}
# Bytes of one file as it is sent, pixels that are unpacked of it, and what is kept of them.
FILE_MAX = 20 * 1024 * 1024
PIXELS_MAX = 50_000_000
SIDE_MAX = 1920
# Pages of a scan, and their pixels in all: a page that is white takes no room in a file.
PAGES_MAX = 20
PAGES_PIXELS_MAX = 100_000_000
PAGE_DPI = 150
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
    """A file that is not taken; ``problem`` is one of ``empty``, ``too_big``, ``too_many_pixels``,
    ``too_many_pages``, ``damaged``, ``kind``.
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
    image = _open(content, FORMATS)
    try:
        image.thumbnail((SIDE_MAX, SIDE_MAX), Image.Resampling.LANCZOS)
        image = _flatten(ImageOps.exif_transpose(image))
    except DAMAGED as error:
        raise EvidenceRefused('damaged') from error
    return _write([image], 'JPEG', optimize=True)


def read_scan(name, content):
    """A GIF, BMP or TIFF as it may be kept.

    :return: ``Evidence``: a JPEG, of a TIFF with several pages a PDF of their pictures; of a GIF that moves, the first
    :raise EvidenceRefused: for what is none of these, or is too much
    """
    image = _open(content, SCAN_FORMATS)
    pages = [_read_page(image)]
    pixels = image.width * image.height
    while image.format == TIFF:
        try:
            image.seek(len(pages))
        except EOFError:
            break
        except DAMAGED as error:
            raise EvidenceRefused('damaged') from error
        pixels += image.width * image.height
        if len(pages) == PAGES_MAX or pixels > PAGES_PIXELS_MAX:
            raise EvidenceRefused('too_many_pages')
        pages.append(_read_page(image))
    if len(pages) == 1:
        return Evidence(clean_name(name, 'jpg'), _write(pages, 'JPEG', optimize=True), 'image/jpeg')
    content = _write(pages, 'PDF', save_all=True, append_images=pages[1:], resolution=PAGE_DPI)
    return Evidence(clean_name(name, 'pdf'), content, 'application/pdf')


def _open(content, formats):
    """The picture, of which the head alone is read; its pixels are counted before any is unpacked."""
    try:
        image = Image.open(io.BytesIO(content), formats=formats)
    except Image.DecompressionBombError as error:
        raise EvidenceRefused('too_many_pixels') from error
    except DAMAGED as error:
        raise EvidenceRefused('damaged' if content.startswith(BEGINNINGS[formats]) else 'kind') from error
    _check_pixels(image)
    return image


def _check_pixels(image):
    if image.width * image.height > PIXELS_MAX:
        raise EvidenceRefused('too_many_pixels')


def _read_page(image):
    """The page that ``image`` stands at, small; what is black on white becomes grey, or it could not be read then."""
    _check_pixels(image)
    try:
        page = image.convert({'1': 'L', 'P': 'RGBA'}.get(image.mode, image.mode))
        page.thumbnail((SIDE_MAX, SIDE_MAX), Image.Resampling.LANCZOS)
        return _flatten(page)
    except DAMAGED as error:
        raise EvidenceRefused('damaged') from error


def _write(pictures, kind, **options):
    stream = io.BytesIO()
    pictures[0].save(stream, kind, quality=QUALITY, **options)
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
