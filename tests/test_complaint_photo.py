import io
import warnings

from PIL import Image

from odoo.exceptions import UserError
from odoo.tests import BaseCase, tagged
from odoo.tools import mute_logger

from ..models.dealer_complaint_evidence import FILES_MAX
from ..tools.photo import (
    FILE_MAX,
    FORMATS,
    PAGES_MAX,
    SIDE_MAX,
    EvidenceRefused,
    clean_name,
    read_evidence,
    read_scan,
)
from .complaint_common import ComplaintCase
from .complaint_portal_common import make_photo

ORIENTATION, GPS = 0x0112, 0x8825


def open_photo(content):
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


class TestPhotos(BaseCase):
    """What becomes of a photograph that a stranger sends, without a database."""

    def refused(self, content, name='photo.jpg'):
        with self.assertRaises(EvidenceRefused) as caught:
            read_evidence(name, content)
        return caught.exception.problem

    def test_made_smaller(self):
        for kind, width, height, expected in (
            ('JPEG', 4000, 3000, (SIDE_MAX, 1440)),
            ('PNG', 1000, 2400, (800, SIDE_MAX)),
            ('WEBP', 3840, 100, (SIDE_MAX, 50)),
            ('JPEG', 640, 480, (640, 480)),
        ):
            with self.subTest(kind=kind, width=width):
                name, content, mimetype = read_evidence('a.bin', make_photo(width, height, kind))
                image = open_photo(content)
                self.assertEqual((image.format, image.size), ('JPEG', expected))
                self.assertEqual((name, mimetype), ('a.jpg', 'image/jpeg'))

    def test_upright_and_without_metadata(self):
        """Turned as the telephone was held; where it was taken is nobody's business."""
        image = Image.new('RGB', (400, 200), 'blue')
        image.paste('red', (0, 0, 200, 200))  # the left half, as it is stored
        for orientation, red_at in ((1, (100, 100)), (3, (300, 100)), (6, (100, 100)), (8, (100, 300))):
            exif = Image.Exif()
            exif[ORIENTATION] = orientation
            exif[GPS] = {1: 'N', 2: (23.0, 1.0, 2.0)}
            exif[0x010F] = 'Telephone of Wang'
            stream = io.BytesIO()
            image.save(stream, 'JPEG', exif=exif, comment=b'secret', quality=95)
            self.assertIn(b'Telephone of Wang', stream.getvalue())
            content = read_evidence('a.jpg', stream.getvalue()).content
            kept = open_photo(content)
            with self.subTest(orientation):
                self.assertEqual(kept.size, (400, 200) if orientation < 5 else (200, 400))
                self.assertGreater(kept.getpixel(red_at)[0], 200)
                self.assertFalse(dict(kept.getexif()))
                self.assertNotIn(b'Telephone', content)
                self.assertNotIn(b'secret', content)

    def test_every_kind_of_pixels(self):
        for mode, colour in (('1', 1), ('L', 9), ('P', 3), ('RGBA', (1, 2, 3, 0)), ('LA', (1, 0)), ('I;16', 400)):
            with self.subTest(mode):
                content = read_evidence('a.png', make_photo(kind='PNG', mode=mode, colour=colour)).content
                self.assertEqual(open_photo(content).mode, 'RGB')
        clear = read_evidence('a.png', make_photo(kind='PNG', mode='RGBA', colour=(0, 0, 0, 0))).content
        self.assertEqual(open_photo(clear).getpixel((5, 5)), (255, 255, 255))
        self.assertEqual(open_photo(read_evidence('a', make_photo(mode='CMYK', colour=0)).content).mode, 'RGB')

    def test_what_is_no_photograph(self):
        for content in (
            b'MZ\x90\x00' + b'\x00' * 500,
            b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
            b'<html><script>alert(1)</script></html>',
            b'PK\x03\x04' + b'\x00' * 100,
            b'#!/bin/sh\nrm -rf /',
            make_photo(kind='GIF'),
            make_photo(kind='BMP'),
            b'\x00\x00\x00\x20ftypheic' + b'\x00' * 100,
        ):
            with self.subTest(content[:12]):
                self.assertEqual(self.refused(content), 'kind')

    def test_scans(self):
        """What a mail brings besides is drawn anew, too: a picture as a JPEG, the pages of a fax as a PDF."""
        for kind in ('GIF', 'BMP', 'TIFF'):
            for mode, colour in (('1', 1), ('L', 9), ('P', 3), ('RGB', 'red')):
                with self.subTest(kind=kind, mode=mode):
                    scan = make_photo(2400, 20, kind, mode=mode, colour=colour)
                    name, content, mimetype = read_scan('scan.exe', scan)
                    self.assertEqual((name, mimetype), ('scan.jpg', 'image/jpeg'))
                    self.assertEqual((open_photo(content).format, open_photo(content).size), ('JPEG', (SIDE_MAX, 16)))
        tags = {0x010F: 'Telephone of Wang'}
        tagged_scan = make_photo(kind='TIFF', tiffinfo=tags)
        self.assertIn(b'Telephone of Wang', tagged_scan)
        self.assertNotIn(b'Telephone', read_scan('a.tif', tagged_scan).content)
        self.assertFalse(dict(open_photo(read_scan('a.tif', tagged_scan).content).getexif()))

    def test_pages_of_a_scan(self):
        def make_pages(count, side=400):
            pages = [Image.new('1', (side, side), 1)] * (count - 1)
            options = {'save_all': True, 'append_images': pages, 'compression': 'group4'}
            return make_photo(side, side, 'TIFF', mode='1', colour=1, **options)

        name, content, mimetype = read_scan('fax.tif', make_pages(3))
        self.assertEqual((name, mimetype, content[:5]), ('fax.pdf', 'application/pdf', b'%PDF-'))
        self.assertEqual(content.count(b'/Type /Page\n') or content.count(b'/DCTDecode'), 3)
        self.assertEqual(read_scan('fax.tif', make_pages(PAGES_MAX)).name, 'fax.pdf')
        for content, problem in (
            (make_pages(PAGES_MAX + 1), 'too_many_pages'),
            (make_pages(3, 7000), 'too_many_pages'),
            (make_photo(8000, 8000, 'TIFF', mode='1', colour=0, compression='group4'), 'too_many_pixels'),
            (make_photo(kind='TIFF')[:60], 'damaged'),
            (make_photo(), 'kind'),
        ):
            with self.subTest(problem), self.assertRaises(EvidenceRefused) as caught:
                read_scan('scan.tif', content)
            self.assertEqual(caught.exception.problem, problem)
        moving = make_photo(40, 30, 'GIF', save_all=True, append_images=[Image.new('RGB', (40, 30), 'blue')])
        self.assertEqual(read_scan('moving.gif', moving).name, 'moving.jpg', 'Its first picture.')

    def test_damaged_and_too_much(self):
        whole = make_photo(800, 600, quality=95)
        noise = Image.effect_noise((300, 300), 90).convert('RGB')
        stream = io.BytesIO()
        noise.save(stream, 'JPEG')
        # What the network cut off is kept as far as it came, as Odoo's readers do.
        self.assertEqual(open_photo(read_evidence('a', stream.getvalue()[:4000]).content).size, (300, 300))
        self.assertEqual(self.refused(whole[:30]), 'damaged')
        self.assertEqual(self.refused(b''), 'empty')
        self.assertEqual(self.refused(b'\xff\xd8\xff' + b'\x00' * FILE_MAX), 'too_big')
        # 64 million pixels in a few kilobytes, and 400 million.
        self.assertEqual(self.refused(make_photo(8000, 8000, 'PNG', mode='1', colour=0)), 'too_many_pixels')
        self.assertEqual(self.refused(make_photo(20000, 20000, 'PNG', mode='1', colour=0)), 'too_many_pixels')

    def test_forged_bytes_are_refused_or_read(self):
        """Whatever is done to the bytes, there is an answer."""
        for kind in ('JPEG', 'PNG', 'WEBP', 'GIF', 'BMP', 'TIFF'):
            whole = make_photo(64, 48, kind)
            read = read_evidence if kind in FORMATS else read_scan
            for place in range(0, len(whole), 7):
                forged = bytearray(whole)
                forged[place] ^= 0xFF
                try:
                    with mute_logger('PIL.TiffImagePlugin'), warnings.catch_warnings(action='ignore'):
                        found = read('a', bytes(forged))
                except EvidenceRefused:
                    continue
                if found.mimetype == 'image/jpeg':
                    self.assertEqual(open_photo(found.content).format, 'JPEG')

    def test_documents_and_names(self):
        pdf = b'%PDF-1.4\n%%EOF'
        self.assertEqual(read_evidence('list.exe', pdf), ('list.pdf', pdf, 'application/pdf'))
        for name, expected in (
            ('C:\\temp\\box.JPG', 'box.jpg'),
            ('../../etc/passwd', 'passwd.jpg'),
            ('photo\u202egpj.exe', 'photogpj.jpg'),
            ('a\x00b\ud800.png', 'ab.jpg'),
            ('', 'file.jpg'),
            ('.jpg', 'file.jpg'),
            ('破损 箱子.heic', '破损 箱子.jpg'),
            ('x' * 300 + '.jpeg', 'x' * 80 + '.jpg'),
        ):
            with self.subTest(expected):  # half a character cannot be told by a worker to its master
                self.assertEqual(clean_name(name, 'jpg'), expected)


@tagged('post_install', '-at_install')
class TestEvidence(ComplaintCase):
    """The sentences, and how much a complaint holds."""

    def test_sentences_name_the_file(self):
        complaints = self.env['dealer.complaint']
        for name, content, sentence in (
            ('run.jpg', b'MZ\x90', '"run.jpg" is neither a photograph'),
            ('none.jpg', b'', '"none.jpg" is empty'),
            ('big.jpg', b'\xff\xd8\xff' + b'\x00' * FILE_MAX, '"big.jpg" is too large: at most 20 MB'),
            ('cut.jpg', make_photo()[:50], '"cut.jpg" is damaged'),
            ('wide.png', make_photo(8000, 8000, 'PNG', mode='1', colour=0), 'at most 50 million'),
        ):
            with self.subTest(name), self.assertRaisesRegex(UserError, sentence):
                complaints._read_evidence([(name, content)])
        with self.assertRaisesRegex(UserError, 'At most 20 photographs'):
            complaints._read_evidence([('a.jpg', make_photo())] * (FILES_MAX + 1))

    def test_a_complaint_holds_so_many(self):
        complaint = self.make_complaint()
        self.env['ir.attachment'].create(
            [
                {'name': f'{number}.jpg', 'raw': b'x', 'res_model': complaint._name, 'res_id': complaint.id}
                for number in range(199)
            ]
        )
        complaint._say_from_portal(self.contact, files=[('one.jpg', make_photo())])
        with self.assertRaisesRegex(UserError, 'at most 200'):
            complaint._say_from_portal(self.contact, files=[('more.jpg', make_photo())])
        self.assertEqual(len(complaint._get_evidence()), 200)
