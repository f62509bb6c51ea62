import logging
import os
import uuid

from odoo import api, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)


class IrAttachment(models.Model):
    """A file is kept whole or not at all, and whoever sends one to a server that cannot keep it is told so.

    Odoo writes a file under its final name, which says what it holds. What is cut off there, by a disk that is full
    or a server that is killed, stays; and whoever sends the same photograph again is refused from then on.
    """

    _inherit = 'ir.attachment'

    @api.model
    def _get_path(self, bin_data, sha):
        try:
            return super()._get_path(bin_data, sha)
        except OSError as error:
            raise self._refuse_file(error) from error

    @api.model
    def _file_write(self, bin_value, checksum):
        try:
            if self._storage() == 'file':
                self._place_file(bin_value, checksum)
            return super()._file_write(bin_value, checksum)
        except OSError as error:
            raise self._refuse_file(error) from error

    @api.model
    def _place_file(self, content, checksum):
        """Write a file beside its place, and move it there once it is whole; what is there already stays."""
        place = f'{checksum[:2]}/{checksum}'
        if os.path.exists(self._full_path(place)):
            return
        part = f'{place}-{uuid.uuid4().hex}'
        # What a transaction leaves behind that does not come to its end is collected.
        self._mark_for_gc(place)
        self._mark_for_gc(part)
        os.makedirs(os.path.dirname(self._full_path(part)), exist_ok=True)
        try:
            with open(self._full_path(part), 'wb') as stream:
                stream.write(content)
            os.replace(self._full_path(part), self._full_path(place))
        except OSError:
            if os.path.exists(self._full_path(part)):
                os.remove(self._full_path(part))
            raise
        os.remove(self._full_path(f'checklist/{part}'))

    @api.model
    def _refuse_file(self, error):
        """The refusal of a file that could not be kept; whoever runs the server finds the reason in its log."""
        _logger.error('The file store cannot be written: %s', error)
        return UserError(
            self.env._('The server cannot keep files at the moment: nothing was saved. Please try again later.')
        )
