from odoo.exceptions import UserError
from odoo.http import request, route

from ..models.dealer_complaint_rating import STARS_MAX
from .complaint_portal_form import ComplaintForm, FormRefused, read_key, read_text
from .complaint_portal_new import REQUEST_MAX, ComplaintNewPortal

# Characters that a message, a reason or a comment may have.
WORDS_MAX = 5000


class ComplaintStepsPortal(ComplaintNewPortal):
    """What a dealer does with a complaint that it has made: add, hand in, confirm, reopen, withdraw."""

    @route(
        '/my/complaints/<int:complaint_id>/say',
        type='http',
        auth='user',
        methods=['POST'],
        website=True,
        max_content_length=REQUEST_MAX,
    )
    def portal_say(self, complaint_id, **post):
        """Say something, show something; what a question of ours asked for is answered so."""
        return self._take_step(
            complaint_id,
            post,
            'said',
            lambda complaint, contact: complaint._say_from_portal(
                contact, self._read_words(post, 'message'), self._get_files(), read_key(post.get('form_key'))
            ),
        )

    @route(
        '/my/complaints/<int:complaint_id>/complete',
        type='http',
        auth='user',
        methods=['POST'],
        website=True,
        max_content_length=REQUEST_MAX,
    )
    def portal_complete(self, complaint_id, **post):
        """Hand in the problem form with what it still lacked."""

        def complete(complaint, contact):
            form = ComplaintForm(complaint.browse(), complaint.dealer_id, request.env.context['tz'], post)
            names = complaint._get_missing_fields()
            form.check(names)
            try:
                complaint._complete_from_portal(contact, form.values, self._get_files())
            except UserError as error:
                raise form.refuse(error, names) from error

        return self._take_step(complaint_id, post, 'form', complete)

    @route('/my/complaints/<int:complaint_id>/confirm', type='http', auth='user', methods=['POST'], website=True)
    def portal_confirm(self, complaint_id, **post):
        """Agree to the answer, with stars or without."""
        stars = read_text(post.get('stars'))
        rate = int(stars) if stars in map(str, range(1, STARS_MAX + 1)) else 0
        return self._take_step(
            complaint_id,
            post,
            'confirmed',
            lambda complaint, contact: complaint._confirm_from_portal(
                contact, rate, self._read_words(post, 'feedback'), read_key(post.get('form_key'))
            ),
        )

    @route('/my/complaints/<int:complaint_id>/reopen', type='http', auth='user', methods=['POST'], website=True)
    def portal_reopen(self, complaint_id, **post):
        """Say what is still wrong."""
        return self._take_step(
            complaint_id,
            post,
            'reopened',
            lambda complaint, contact: complaint._reopen_from_portal(self._read_words(post, 'reopen_reason')),
        )

    @route('/my/complaints/<int:complaint_id>/withdraw', type='http', auth='user', methods=['POST'], website=True)
    def portal_withdraw(self, complaint_id, **post):
        """Take the complaint back."""
        return self._take_step(
            complaint_id,
            post,
            'withdrawn',
            lambda complaint, contact: complaint._withdraw_from_portal(self._read_words(post, 'withdraw_reason')),
        )

    # ------------------------------------------------------------------ Parts

    def _take_step(self, complaint_id, post, done, step):
        """Take ``step(complaint, contact)`` with a complaint of the user's own dealer.

        :param done: what the page is told afterwards, one of ``DONE_WORDS``
        """
        complaint = self._get_own_complaint(complaint_id)
        if not complaint:
            return request.redirect('/my/complaints')
        self._use_dealers_zone(complaint.dealer_id)
        url = complaint.access_url

        def take():
            step(complaint, request.env.user.partner_id)
            return f'{url}?done={done}'

        def refuse(error, problems):
            typed = {name: read_text(value) for name, value in post.items()}
            # What is sent once more after it was refused is still the same.
            key = {'form_key': typed['form_key']} if read_key(typed.get('form_key')) else {}
            return self._render_complaint(complaint, error=error, problems=problems, typed=typed, **key)

        return self._submit(take, refuse)

    def _read_words(self, post, name):
        """What was written, whole.

        :raise FormRefused: if it is longer than anybody reads
        """
        words = read_text(post.get(name))
        if len(words) > WORDS_MAX:
            sentence = request.env._('Please write at most %s characters.', WORDS_MAX)
            raise FormRefused(sentence, {name: sentence})
        return words
