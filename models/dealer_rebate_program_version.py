from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..tools import rebate
from .arguments import read_day
from .dealer_rebate_program_period import ONE_DAY

# What an amendment may change: everything else was agreed for the whole program.
AMENDABLE = frozenset(
    {
        'date_from',
        'band_ids',
        'application',
        'edge',
        'growth_increment_only',
        'growth_without_prior',
        'growth_new_dealer_rate',
        'growth_baseline',
        'target',
        'target_ids',
        'condition_ids',
        'base_cap',
        'payout_cap',
        'minimum',
    }
)
NOT_COMPARED = frozenset({'active', 'amends_id', 'name', 'version'})


class DealerRebateProgram(models.Model):
    """Versions: a program that pays other rates from a day on is amended, never edited; and copies of it."""

    _inherit = 'dealer.rebate.program'

    amendment_count = fields.Integer('Versions', compute='_compute_amendment_count')

    @api.depends('amendment_ids')
    def _compute_amendment_count(self):
        roots = self.amends_id | self
        counts = dict(self._read_group([('amends_id', 'in', roots.ids)], ['amends_id'], ['__count']))
        for program in self:
            program.amendment_count = counts.get(program.amends_id or program._origin, 0)

    # ------------------------------------------------------------------ Steps

    def action_amend(self, date_from=None):
        """Draft other terms from a day on: a copy of those in force, to be edited, handed in and approved.

        :param str date_from: the first day that they hold, a date or ``YYYY-MM-DD``; else one is proposed, which
            can be changed in the form
        :return: the action that opens the draft; one that is being written already is opened instead
        :raise UserError: for a program that is neither approved nor open
        """
        self.ensure_one()
        root = self.amends_id or self
        root.check_access('write')
        if root.state not in ('approved', 'open'):
            raise UserError(
                self.env._('"%s" is neither approved nor open: there is nothing to amend.', root.display_name)
            )
        day = read_day(self.env, date_from)
        draft = root.amendment_ids.filtered(lambda version: version.state in ('draft', 'submitted'))[:1]
        if not draft:
            day = day or root._propose_amendment_day()
            # The number and the program that is amended are written by this step alone.
            draft = root._get_version_on(day).sudo().copy(root._prepare_amendment_vals(day)).with_env(self.env)
        elif day:
            draft.date_from = day
        return draft._open_form()

    def _get_version_on(self, day):
        """The version whose terms hold on ``day``; before the first day, the program itself."""
        versions = self._get_versions()
        return versions.filtered(lambda version: version.date_from <= day)[-1:] or versions[:1]

    def _prepare_amendment_vals(self, day):
        self.ensure_one()
        numbers = self.sudo().with_context(active_test=False).amendment_ids.mapped('version')
        return {
            # It is made in sudo(), where defaults hold as well.
            **self._prepare_new_vals(),
            'amends_id': self.id,
            'version': max(numbers, default=1) + 1,
            'title': self.title,
            'date_from': day,
            'date_to': self.date_to,
        }

    def _propose_amendment_day(self):
        """The first day of the next period that nothing was settled of, or else the day after today."""
        today, settled = self.company_id._get_dealer_date(), self._get_settled_until()
        for period in self._get_periods():
            if period.date_from > today and not (settled and period.date_from <= settled):
                return period.date_from
        days = [self.date_from, min(today + ONE_DAY, self.date_to)]
        if settled:
            days.append(settled + ONE_DAY)
        if max(days) > self.date_to:
            raise UserError(
                self.env._('"%s" is settled until its last day: there is nothing to amend.', self.display_name)
            )
        return max(days)

    def action_view_amendments(self):
        """Open the versions of the program, the first one among them."""
        self.ensure_one()
        root = self.amends_id or self
        action = self.env['ir.actions.act_window']._for_xml_id('dealer_management.dealer_rebate_program_action')
        action |= {
            'name': self.env._('Versions of %s', root.title),
            'domain': ['|', ('id', '=', root.id), ('amends_id', '=', root.id)],
            'context': {'create': False},
        }
        return action

    def _open_form(self):
        return {
            'type': 'ir.actions.act_window',
            'res_model': self._name,
            'res_id': self.id,
            'views': [(False, 'form')],
            'target': 'current',
        }

    def _take_effect(self):
        """Put approved amendments in force, and say so where everybody looks: at their program."""
        self._move('open')
        for amendment in self:
            amendment.sudo().amends_id.message_post(
                body=self.env._(
                    'From %(day)s on, the terms of %(amendment)s hold.',
                    day=amendment._format_day(amendment.date_from),
                    amendment=amendment.display_name,
                )
            )

    def _serialize_terms(self):
        """Put this transaction in line with all others that settle, amend or end the same programs.

        Under REPEATABLE READ neither of two transactions sees what the other writes, and a lock alone leaves
        the old view in place. So each updates the row of the program: the first one wins, and the other is
        run again by Odoo, and then sees what was written.
        """
        roots = self.sudo().mapped(lambda program: program.amends_id or program)
        if roots:
            # Straight to the table: nothing of it changes, and nobody's right to write is asked.
            self.env.cr.execute(
                SQL('UPDATE dealer_rebate_program SET write_date = write_date WHERE id IN %s', roots._ids)
            )

    # ----------------------------------------------------------------- Checks

    def _get_settled_until(self):
        """The last day that was settled, or None."""
        self.ensure_one()
        settlements = self.env['dealer.rebate.settlement'].sudo()
        [[last]] = settlements._read_group(
            [('program_id', '=', self.id), ('computation_id', '!=', False)], [], ['period_to:max']
        )
        return last or None

    def _check_amendment(self):
        """Check that an amendment changes what it may, from a day that it may.

        :raise ValidationError: with what is wrong
        """
        self.ensure_one()
        # The program may be out of the sight of whoever amends it.
        root = self.sudo().amends_id
        if root.amends_id:
            raise ValidationError(self.env._('"%s" is an amendment itself: amend its program.', root.display_name))
        self._check_amended_fields(root)
        self._check_amendment_day(root)

    def _check_amended_fields(self, root):
        for name in self._get_checked_fields():
            if name in AMENDABLE | NOT_COMPARED:
                continue
            if self[name] != root[name]:
                raise ValidationError(
                    self.env._(
                        'An amendment cannot change "%(field)s" of "%(program)s": that was agreed for all of its time.'
                        ' Close the program and begin another one.',
                        field=self._fields[name]._description_string(self.env),
                        program=root.title,
                    )
                )

    def _check_amendment_day(self, root):
        day = self.date_from
        values = {'program': root.title, 'day': self._format_day(day)}
        if not root.date_from <= day <= root.date_to:
            raise ValidationError(
                self.env._(
                    '"%(program)s" cannot be amended from %(day)s on: it runs from %(first)s to %(last)s.',
                    **values,
                    first=self._format_day(root.date_from),
                    last=self._format_day(root.date_to),
                )
            )
        settled = root._get_settled_until()
        if settled and day <= settled:
            raise ValidationError(
                self.env._(
                    '"%(program)s" cannot be amended from %(day)s on: it is settled until %(settled)s.',
                    **values,
                    settled=self._format_day(settled),
                )
            )
        whole_periods = self.reward in (rebate.FIXED, rebate.FREE_GOODS) or self.stack_base == rebate.NET
        if whole_periods and day not in {period.date_from for period in root._get_periods()}:
            raise ValidationError(
                self.env._(
                    '"%(program)s" cannot be amended from %(day)s on: fixed amounts, free goods and rebates on what'
                    ' earlier ones leave change with the first day of a period.',
                    **values,
                )
            )

    # ------------------------------------------------------------------- Copy

    def copy_data(self, default=None):
        """A copy begins where the program ends, and takes as long."""
        vals_list = super().copy_data(default)
        if default and ('date_from' in default or 'amends_id' in default):
            return vals_list
        for program, vals in zip(self, vals_list, strict=True):
            source = program.amends_id or program
            first = source.date_to + ONE_DAY
            length = relativedelta(first, source.date_from)
            vals |= {
                'title': self.env._('%s (copy)', program.title),
                'date_from': first,
                'date_to': first + length - ONE_DAY,
                # The others of the stack have other days.
                'stack_id': False,
            }
            for _command, _id, target in vals.get('target_ids', ()):
                if target.get('date_from'):
                    target['date_from'] = fields.Date.to_date(target['date_from']) + length
        return vals_list
