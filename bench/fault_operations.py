"""What is interrupted: each operation as its users do it, what must hold after any kill, and after the next try.

An operation is tried in steps; :attr:`Operation.seen` holds what was answered, and so is confirmed to the user.
"""

import io
import uuid
from email.message import EmailMessage

from fault_server import Refused, insist
from fault_world import make_photo
from PIL import Image


class Operation:
    """One kind of work. Its users are logged in once; ``prepare`` makes something to do."""

    name = ''

    def __init__(self, world, clients):
        self.world = world
        self.clients = clients
        self.seen = {}
        self.is_under_way = False

    def prepare(self):
        raise NotImplementedError

    def act(self):
        """Do it, and what is left of it after an earlier try."""
        raise NotImplementedError

    def check(self, env):
        """Yield a sentence for each thing that is not as it must be at any moment."""
        raise NotImplementedError

    def check_finished(self, env):
        """Yield a sentence for each thing that is not as it must be at the end."""
        raise NotImplementedError

    def begin(self):
        if not self.is_under_way:
            self.seen = {}
            self.prepare()
            self.is_under_way = True

    def step(self, name, function):
        """Take a step that was not answered yet."""
        if name not in self.seen:
            self.seen[name] = function()
        return self.seen[name]

    def run_job(self, xmlid):
        """Run a scheduled job as its button "Run Manually" does, in the server's own process."""
        self.clients['operator'].call('ir.cron', 'method_direct_trigger', [self.world.jobs[xmlid]])

    def end(self):
        """The work is finished: the next one is another."""
        self.is_under_way = False


class Settlement(Operation):
    """Computed, confirmed and posted by three buttons."""

    name = 'settlement'
    steps = ('preview', 'confirm', 'post')

    def prepare(self):
        self.run_id = self.world.make_run()

    def act(self):
        for step in self.steps:
            self.step(step, lambda step=step: self.press(f'action_{step}'))

    def press(self, button):
        try:
            return self.clients['boss'].call('dealer.rebate.run', button, [self.run_id])
        except Refused:
            # The step was taken, and its answer lost: the page that is loaded again shows it.
            with self.world.looking() as env:
                if env['dealer.rebate.run'].browse(self.run_id).state == 'preview':
                    raise
                return True

    def check(self, env):
        run = env['dealer.rebate.run'].browse(self.run_id)
        payouts, states = run.payout_ids, ['draft', 'preview', 'confirmed', 'posting', 'done']
        least = max([states.index(state) for step, state in STATES.items() if step in self.seen], default=0)
        if states.index(run.state) < least:
            yield f'the run is {run.state}, though {sorted(self.seen)} were confirmed'
        if len(payouts) != (0 if run.state == 'draft' else len(self.world.dealers)):
            yield f'{len(payouts)} statements of a run that is {run.state}'
        yield from check_documents(env, payouts)

    def check_finished(self, env):
        run = env['dealer.rebate.run'].browse(self.run_id)
        if run.state != 'done' or len(run.payout_ids.move_id) != len(self.world.dealers):
            yield f'the run is {run.state} with {len(run.payout_ids.move_id)} credit notes'


# The state that a settlement has at least once a step was confirmed.
STATES = {'preview': 'preview', 'confirm': 'confirmed', 'post': 'done'}


def check_documents(env, payouts):
    """One document for each statement that is posted, of its amount, and none besides."""
    moves = env['account.move'].search([('ref', 'in', [name for name in payouts.mapped('name') if name])])
    posted = payouts.filtered(lambda payout: payout.state == 'posted')
    if moves != posted.move_id & moves or len(moves) != len(posted):
        yield f'{len(moves)} documents for {len(posted)} posted statements'
    if set(moves.mapped('state')) - {'posted'} or len(set(moves.mapped('name'))) != len(moves):
        yield 'a document is not posted, or has the number of another'
    if wrong := posted.filtered(lambda payout: payout.move_id.amount_untaxed != payout.paid):
        yield f'{len(wrong)} documents of another amount than their statement'


class PostingJob(Operation):
    """A large settlement is posted by the job, batch by batch."""

    name = 'posting job'

    def prepare(self):
        self.run_id = self.world.make_posting()

    def act(self):
        self.run_job('dealer_management.ir_cron_rebate_post')
        self.seen['job'] = True

    def check(self, env):
        run = env['dealer.rebate.run'].browse(self.run_id)
        yield from check_documents(env, run.payout_ids)
        if 'job' in self.seen and run.state != 'done':
            yield f'the job has ended, and the run is {run.state}'

    def check_finished(self, env):
        run = env['dealer.rebate.run'].browse(self.run_id)
        if run.state != 'done' or run.to_post_count:
            yield f'the run is {run.state}, {run.to_post_count} statements are left'


class Approval(Operation):
    """One of two rivals' requests is approved; the other one then cannot be."""

    name = 'approval of a grant'

    def prepare(self):
        self.first, self.second = self.world.make_rivals()

    def act(self):
        self.step('approve', lambda: self.clients['boss'].call('dealer.authorization', 'action_approve', [self.first]))

    def check(self, env):
        grant = env['dealer.authorization'].browse(self.first)
        covered = env['dealer.authorization.coverage'].search_count([('authorization_id', '=', grant.id)])
        todos = len(grant.activity_ids)
        expected = {
            'active': (True, True, self.world.users['boss']),
            'submitted': (False, False, False),
        }.get(grant.state)
        found = (bool(grant.certificate_number and grant.certificate_token), bool(covered), grant.approver_id.id)
        if found != expected:
            yield f'a grant that is {grant.state} has {found} of certificate, coverage and approver'
        if 'approve' in self.seen and grant.state != 'active':
            yield f'the approval was confirmed, and the grant is {grant.state}'
        if (
            todos
            and grant.state == 'active'
            and grant.activity_ids.filtered('active').user_id.ids == [self.world.users['boss']]
        ):
            yield 'the request was decided and still is on the list of who decides'
        yield from check_unique(env, 'dealer.authorization', 'certificate_number')

    def check_finished(self, env):
        try:
            insist(lambda: self.clients['boss'].call('dealer.authorization', 'action_approve', [self.second]))
            yield 'both rivals were approved'
        except Refused:
            env.invalidate_all()
        if env['dealer.authorization'].browse((self.first, self.second)).mapped('state') != ['active', 'submitted']:
            yield 'not one of two rivals is active'


def check_unique(env, model, name):
    """No number was given twice."""
    twice = env[model]._read_group([(name, '!=', False)], [name], having=[('__count', '>', 1)])
    if twice:
        yield f'{model}: given twice: {twice}'


class SpecialPrice(Operation):
    name = 'approval of a special price'

    def prepare(self):
        self.request_id = self.world.make_price_request()

    def act(self):
        self.step(
            'approve', lambda: self.clients['boss'].call('dealer.price.request', 'action_approve', [self.request_id])
        )

    def check(self, env):
        request = env['dealer.price.request'].browse(self.request_id)
        if request.state not in ('requested', 'approved') or bool(request.approver_id) != (request.state == 'approved'):
            yield f'a special price is {request.state}, decided by {request.approver_id.login}'
        if 'approve' in self.seen and request.state != 'approved':
            yield f'the approval was confirmed, and the special price is {request.state}'

    def check_finished(self, env):
        request = env['dealer.price.request'].browse(self.request_id)
        told = request.activity_ids.filtered(lambda todo: todo.user_id.id == self.world.users['asker'])
        if request.state != 'approved' or len(told) != 1:
            yield f'a special price is {request.state}; who asked was told {len(told)} times'


class QuickOrder(Operation):
    """A dealer saves a new order and places it; the page that was not answered asks again."""

    name = 'quick order'

    def prepare(self):
        self.key = uuid.uuid4().hex
        self.reference = f'FAULT-{self.key[:12]}'

    def act(self):
        clerk = self.clients['clerk']
        draft = self.step(
            'save',
            lambda: self.take(
                clerk.ask(
                    '/my/quick-order/save',
                    order_id=None,
                    lines=[[product, 2] for product in self.world.products],
                    reference=self.reference,
                    key=self.key,
                )
            ),
        )
        self.step(
            'place',
            lambda: self.take(clerk.ask('/my/quick-order/place', order_id=draft['order_id'], amount=draft['amount'])),
        )

    @staticmethod
    def take(answer):
        if 'error' in answer:
            raise Refused(answer['error'])
        return answer

    def check(self, env):
        orders = env['sale.order'].search([('client_order_ref', '=', self.reference)])
        if len(orders) > 1:
            yield f'{len(orders)} orders of one page'
        if 'save' in self.seen and orders.id != self.seen['save']['order_id']:
            yield 'a draft that was confirmed is not there'
        for order in orders:
            if len(order.order_line) != len(self.world.products):
                yield f'an order of {len(order.order_line)} lines'
            if (order.dealer_portal_state == 'placed') != bool(order.dealer_placed_date):
                yield 'an order is half placed'
        if 'place' in self.seen and orders.dealer_portal_state != 'placed':
            yield 'an order whose placing was confirmed is not placed'
        yield from check_unique(env, 'sale.order', 'name')

    def check_finished(self, env):
        orders = env['sale.order'].search([('client_order_ref', '=', self.reference)])
        if orders.mapped('dealer_portal_state') != ['placed'] or orders.state != 'sent':
            yield f'orders of the page: {orders.mapped("dealer_portal_state")}'


class Complaint(Operation):
    """A complaint that comes in with photographs, by whatever way; ``find`` finds what it has made."""

    def check(self, env):
        complaints = self.find(env)
        if len(complaints) > 1:
            yield f'{len(complaints)} complaints of one report'
        if self.seen and not complaints:
            yield 'a complaint that was confirmed is not there'
        for complaint in complaints:
            yield from self.check_whole(complaint)
        yield from check_unique(env, 'dealer.complaint', 'name')

    def check_whole(self, complaint):
        files = complaint._get_evidence()
        if len(files) != len(self.photos) or not all(map(is_whole, files)):
            yield f'a complaint with {len(files)} photographs of {len(self.photos)}, or broken ones'
        if not complaint.deadline_ids:
            yield 'a complaint without deadlines'

    def check_finished(self, env):
        complaints = self.find(env)
        if len(complaints) != 1:
            yield f'{len(complaints)} complaints of one report in the end'


def is_whole(file):
    try:
        Image.open(io.BytesIO(file.raw)).load()
    except OSError:
        return False
    return True


class PortalComplaint(Complaint):
    name = 'complaint from the portal'

    def prepare(self):
        number = next(self.world.numbers)
        self.key = uuid.uuid4().hex
        self.photos = [(f'{number}-{side}.jpg', make_photo(2 * number + side)) for side in range(2)]
        insist(lambda: self.clients['clerk'].open_form('/my/complaints/new'))

    def act(self):
        self.step('send', self.send)

    def send(self):
        answer = self.clients['clerk'].send(
            '/my/complaints/new',
            {
                'type_id': self.world.damage_type,
                'picking_id': self.world.picking,
                'product_id': self.world.products[0],
                'quantity': '2',
                'quantity_kind': 'broken',
                'date_found': '2026-11-05T10:30',
                'description': 'Two boxes are crushed.',
                'intake_key': self.key,
            },
            self.photos,
        )
        if 'error' in answer:
            raise Refused(answer['error'])
        return answer['url']

    def find(self, env):
        return env['dealer.complaint'].search([('intake_key', '=', self.key)])

    def check_whole(self, complaint):
        yield from super().check_whole(complaint)
        if not complaint.date_form:
            yield 'a complaint whose form is not handed in'


class MailedComplaint(Complaint):
    """By the mail gateway, which keeps a mail until it is taken."""

    name = 'complaint by mail'

    def prepare(self):
        number = next(self.world.numbers)
        self.photos = [('box.jpg', make_photo(number))]
        self.subject = f'Fault {uuid.uuid4().hex}'
        message = EmailMessage()
        message['From'] = 'clerk@example.com'
        message['To'] = self.world.address
        message['Subject'] = self.subject
        message['Message-Id'] = f'<{uuid.uuid4().hex}@example.com>'
        message.set_content('Ten boxes are wet.')
        message.add_attachment(self.photos[0][1], maintype='image', subtype='jpeg', filename='box.jpg')
        self.mail = message.as_string()

    def act(self):
        self.step(
            'take',
            lambda: (
                self.clients['operator'].call(
                    'mail.thread', 'message_process', 'dealer.complaint', self.mail, custom_values={}
                )
                or True
            ),
        )

    def find(self, env):
        return env['dealer.complaint'].search([('title', '=', self.subject)])


class DeadlineJob(Operation):
    """What is over is told by the job: to us by a to-do, to the dealer by a mail, each once."""

    name = 'deadline job'

    def prepare(self):
        self.ids = self.world.make_late_complaints()

    def act(self):
        self.run_job('dealer_management.ir_cron_deadline')
        self.seen['job'] = True

    def check(self, env):
        deadlines = env['dealer.complaint'].browse(self.ids).deadline_ids
        told = deadlines.filtered(lambda deadline: deadline.told == 100)
        if 'job' in self.seen and told != deadlines:
            yield f'the job has ended, and {len(deadlines - told)} deadlines were not told'
        if told != deadlines.filtered('is_breached') or told & deadlines.filtered('next_check'):
            yield 'a deadline is told and not missed, or the other way round'
        todos = env['mail.activity'].search([('dealer_deadline_id', 'in', deadlines.ids)])
        ours = told.filtered(lambda deadline: deadline.party == 'us')
        if sorted(todos.dealer_deadline_id.ids) != sorted(ours.ids) or len(todos) != len(ours):
            yield f'{len(todos)} to-dos for {len(ours)} of our missed deadlines'
        mails = env['mail.mail'].search(
            [
                ('model', '=', 'dealer.complaint'),
                ('res_id', 'in', self.ids),
                ('recipient_ids', 'in', [self.world.contact]),
            ]
        )
        theirs = told - ours
        if sorted(mails.mapped('res_id')) != sorted(theirs.complaint_id.ids):
            yield f"{len(mails)} mails for {len(theirs)} of the dealer's missed deadlines"

    def check_finished(self, env):
        left = env['dealer.deadline'].search_count([('complaint_id', 'in', self.ids), ('told', '!=', 100)])
        if left:
            yield f'{left} deadlines were never told'


# How often each is interrupted.
KILLS = {
    Settlement: 14,
    PostingJob: 14,
    Approval: 14,
    SpecialPrice: 12,
    QuickOrder: 16,
    PortalComplaint: 16,
    MailedComplaint: 12,
    DeadlineJob: 14,
}
