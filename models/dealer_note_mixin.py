from odoo import models

# Who has to do with what is read here, and has notes and to-dos of its own about it.
ACCOUNTANTS = 'account.group_account_invoice'


class DealerNoteMixin(models.AbstractModel):
    """Accountants read these records, write notes on them and do their to-dos. Whoever else reads and does not write,
    auditors above all, says nothing.
    """

    _name = 'dealer.note.mixin'
    _description = 'Record That Accountants Write Notes On'
    _inherit = ['mail.thread']
    # To-dos are seen by whoever reads the record.
    _mail_post_access = 'read'

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        operations = super()._mail_get_operation_for_mail_message_operation(message_operation)
        if message_operation == 'create' and not self.env.user.has_group(ACCOUNTANTS):
            return dict.fromkeys(operations, 'write')
        return operations
