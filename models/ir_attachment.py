import base64
import logging

from PIL import Image

from odoo import models
from odoo.exceptions import UserError
from odoo.tools.image import image_process

_logger = logging.getLogger(__name__)

# Of a thumbnail, in pixels.
LONGEST_SIDES = (640, 640)
# What Odoo and Pillow raise for files that are no images, are cut off, or are made to fill the memory.
BROKEN_IMAGE = (UserError, OSError, ValueError, SyntaxError, Image.DecompressionBombError)


class IrAttachment(models.Model):
    """A picture small enough for paper."""

    _inherit = 'ir.attachment'

    def _get_thumbnail_uri(self):
        """This picture as a small JPEG in a data URI; None for a file that is no picture, or a broken one."""
        self.ensure_one()
        try:
            picture = image_process(
                self.raw, size=LONGEST_SIDES, verify_resolution=True, quality=80, output_format='JPEG'
            )
        except BROKEN_IMAGE as error:
            _logger.info('The file %s (%s) cannot be printed: %s', self.name, self.id, error)
            return None
        return picture and f'data:image/jpeg;base64,{base64.b64encode(picture).decode()}'
