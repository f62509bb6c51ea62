from base64 import b64encode
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import file_open

# What happens, in the dealers' words: type, product, short or broken, title, what was seen, photograph,
# root cause, what we answered.
STORIES = {
    'crushed': (
        'damage',
        'ce_304',
        'broken',
        '到货外箱压坏，台上盆破损',
        '卸货时发现外箱一角被压扁，拆箱后台上盆有裂纹。司机在场，已在送货单上注明。',
        'crushed_box.jpg',
        'transport',
        '核实为运输途中受压，破损数量照价补发，运费由我司承担。',
    ),
    'short': (
        'damage',
        'sh_203',
        'short',
        '花洒少到',
        '送货单数量与实收不符，已当场清点并由司机签字。',
        'crushed_box.jpg',
        'picking',
        '仓库复核确认漏发，已安排补发。',
    ),
    'crack': (
        'quality',
        'ce_301',
        'faulty',
        '壁挂马桶釉面开裂',
        '安装前检查发现釉面有细裂纹，同一批次已发现数件。',
        'cracked_basin.jpg',
        'production',
        '样品送厂检测，确认烧制温度偏高，该批次退回，货款冲减。',
    ),
    'rust': (
        'quality',
        'ft_101',
        'faulty',
        '面盆龙头使用三个月锈蚀',
        '终端用户反映电镀层起泡、生锈，附照片。',
        'rusty_faucet.jpg',
        'material',
        '电镀供应商批次问题，同意换货并加强来料检验。',
    ),
    'slow': (
        'stubborn',
        'sh_207',
        'unsold',
        '平开淋浴房滞销',
        '进货半年，本地小区以移门为主，仓库积压，申请调换移门淋浴房。',
        'crushed_box.jpg',
        'demand',
        '同意按原价调换三成，其余配合样板间促销。',
    ),
    'late': (
        'delivery',
        False,
        False,
        '订单晚到三天',
        '工程项目等货，约定日期未到，客户要求赔付误工费。',
        False,
        'promise',
        '承运商排车失误，已向贵司致歉，下单起优先排产并专车配送。',
    ),
    'rude': (
        'service',
        False,
        False,
        '客服电话无人接听',
        '上周三次拨打热线，等待超过十分钟。',
        False,
        'promise',
        '热线已增加一名坐席，今后十分钟内必有人接听。',
    ),
    'bill': (
        'billing',
        False,
        False,
        '上季度返利少算一张发票',
        '对账时发现有一张发票没有计入返利基数，请核实。',
        False,
        'price',
        '经查该发票开票日期在次季度，已在本季度计入，附明细。',
    ),
    'conflict': (
        'conflict',
        False,
        False,
        '邻区经销商低价跨区销售',
        '相邻区域的经销商在本地工地以低于最低价供货，影响已签合同。',
        False,
        'promise',
        '总部已约谈对方并书面警告。',
    ),
    'leak': (
        'consumer',
        'ft_104',
        'faulty',
        '业主投诉厨房龙头漏水',
        '业主使用两周后接口滴水，要求上门。',
        'rusty_faucet.jpg',
        'use',
        '师傅已上门，为安装时密封圈错位，免费更换。',
    ),
}
# What the dealers of the last weeks got; what came of the older ones is not followed up any more.
OUTCOMES = {
    'crushed': ('replacement',),
    'short': ('replacement',),
    'crack': ('return', 'refund'),
    'rust': ('replacement',),
}
OUTCOME_DAYS = 40
# story, dealer, days ago, quantity, priority, hours to our reply, days to the solution, how it stands now, stars
HISTORY = [
    ('crushed', '01', 118, 4, '1', 3, 2, 'closed', 5),
    ('rust', '06', 112, 12, '0', 20, 9, 'closed', 4),
    ('late', '02', 104, 0, '1', 2, 1, 'closed', 4),
    ('crack', '07', 97, 3, '0', 26, 12, 'closed', 3),
    ('crushed', '12', 93, 6, '0', 5, 3, 'closed', 5),
    ('leak', '01', 86, 1, '0', 8, 2, 'closed', 5),
    ('short', '06', 81, 10, '0', 4, 2, 'closed', 4),
    ('slow', '07', 77, 8, '0', 21, 18, 'closed', 2),
    ('crushed', '02', 70, 5, '0', 6, 4, 'closed', 4),
    ('bill', '01', 66, 0, '0', 15, 5, 'closed', 4),
    ('rust', '12', 60, 9, '1', 19, 13, 'closed', 3),
    ('conflict', '06', 55, 0, '2', 1, 6, 'closed', False),
    ('late', '07', 49, 0, '0', 10, 3, 'closed', 4),
    ('crushed', '06', 44, 3, '0', 4, 2, 'closed', 5),
    ('rude', '03', 40, 0, '0', 30, 4, 'closed', 2),
    ('crack', '01', 35, 2, '1', 7, 8, 'closed', 4),
    ('short', '02', 30, 5, '0', 3, 1, 'closed', 5),
    ('rust', '06', 24, 6, '0', 22, 8, 'confirmed', 4),
    ('leak', '12', 19, 1, '0', 9, 3, 'closed', 5),
    ('crushed', '07', 15, 7, '1', 5, 4, 'answered', False),
    ('slow', '02', 12, 5, '0', 16, 0, 'analysed', False),
    ('rust', '01', 9, 8, '1', 12, 0, 'analysed', False),
    ('bill', '06', 6, 0, '0', 20, 0, 'analysed', False),
    ('conflict', '02', 5, 0, '2', 1, 0, 'analysed', False),
    ('crack', '12', 4, 2, '0', 18, 3, 'solved', False),
    ('late', '01', 3, 0, '1', 0, 0, 'received', False),
    ('crushed', '01', 2, 4, '2', 2, 0, 'analysed', False),
    ('short', '07', 1, 6, '0', 0, 0, 'received', False),
    ('leak', '06', 1, 1, '0', 0, 0, 'received', False),
    ('crushed', '06', 0, 3, '0', 0, 0, 'received', False),
]


class DealerDemo(models.AbstractModel):
    """Four months of complaints: settled, answered, being worked on, and just in; two of them in confidence."""

    _inherit = 'dealer.demo'

    @api.model
    def _create_business(self):
        result = super()._create_business()
        self._set_up_complaint_teams()
        for row in HISTORY:
            self._create_complaint(*row)
        self._send_nothing('dealer.complaint')
        return result

    @api.model
    def _set_up_complaint_teams(self):
        calendar = self.env.company.resource_calendar_id
        calendar.tz = 'Asia/Shanghai'
        service, head_office = self._ref('complaint_team_service'), self._ref('complaint_team_head_office')
        service.write(
            {
                'company_id': self.env.company.id,
                'user_id': self._ref('user_staff_all').id,
                'member_ids': [(6, 0, [self._ref('user_complaint').id, self._ref('user_staff_all').id])],
                'calendar_id': calendar.id,
            }
        )
        manager = self._ref('user_manager')
        manager.group_ids |= self._ref('group_dealer_complaint_confidential')
        head_office.write(
            {
                'company_id': self.env.company.id,
                'user_id': manager.id,
                'member_ids': [(6, 0, manager.ids)],
                'calendar_id': calendar.id,
            }
        )

    @api.model
    def _create_complaint(self, story, dealer, days, quantity, priority, reply, solved, end, stars):
        code, product, kind, title, seen, photo, cause, answer = STORIES[story]
        complaint_type = self._ref(f'complaint_type_{code}')
        dealer = self._ref(f'dealer_{dealer}')
        contact = dealer.child_ids.filtered(lambda child: child.type == 'contact')[:1]
        received = self._get_moment(days)
        product = self._ref(f'product_{product}') if product else self.env['product.product']
        picking = self._find_delivery(dealer, [('product_id', '=', product.id)] if product else [], received)
        if product and not picking:
            # What this dealer buys of the same kind.
            domain = [('product_id.categ_id', '=', product.categ_id.id)]
            picking = self._find_delivery(dealer, domain, received)
            product = picking.move_ids.product_id.filtered(lambda bought: bought.categ_id == product.categ_id)[:1]
        complaint = self.env['dealer.complaint'].create(
            {
                'title': title,
                'description': seen,
                'dealer_id': dealer.id,
                'partner_id': (contact or dealer).id,
                'type_id': complaint_type.id,
                'source': 'portal' if days % 3 else 'phone',
                'priority': priority,
                'product_id': product.id,
                'quantity': quantity,
                'quantity_kind': kind,
                'picking_id': picking.id,
                'order_id': picking.sale_id.id,
                'date_found': received - timedelta(hours=2),
                'date_received': received,
                'user_id': (self._ref('user_manager') if code == 'conflict' else self._ref('user_complaint')).id,
            }
        )
        if photo:
            self._attach_photo(complaint, photo)
        self._step(complaint, received, 'action_submit_form')
        kinds = OUTCOMES.get(story, ()) if days <= OUTCOME_DAYS else ()
        self._work_on(complaint, received, reply, solved, end, cause, answer, stars, kinds)

    @api.model
    def _get_moment(self, days):
        """So many days ago at ten in the morning of the company; of today, a little while ago."""
        now = fields.Datetime.now()
        return now - timedelta(minutes=40) if not days else (now - timedelta(days=days)).replace(hour=2, minute=10)

    @api.model
    def _find_delivery(self, dealer, goods, moment):
        """The last delivery to the dealer until ``moment`` with a move that meets the domain ``goods``."""
        domain = [
            ('partner_id', 'child_of', dealer.id),
            ('state', '=', 'done'),
            ('picking_type_code', '=', 'outgoing'),
            ('date_done', '<=', moment),
            ('move_ids', 'any', goods),
        ]
        return self.env['stock.picking'].search(domain, order='date_done desc, id desc', limit=1)

    @api.model
    def _attach_photo(self, complaint, name):
        with file_open(f'dealer_management/demo/photos/{name}', 'rb') as file:
            self.env['ir.attachment'].create(
                {
                    'name': name,
                    'datas': b64encode(file.read()),
                    'res_model': complaint._name,
                    'res_id': complaint.id,
                }
            )

    @api.model
    def _step(self, record, moment, method, *args, user=None):
        """Take a step when it was taken, as ``user`` or else as whoever the complaint is assigned to."""
        record = record.with_user(user or record.user_id).sudo().with_context(complaint_now=moment)
        complaint = record if record._name == 'dealer.complaint' else record.complaint_id
        before = complaint.message_ids
        getattr(record, method)(*args)
        (complaint.message_ids - before).date = moment

    @api.model
    def _work_on(self, complaint, received, reply, solved, end, cause, answer, stars, kinds):
        if end == 'received':
            return
        replied = received + timedelta(hours=reply)
        self._step(complaint, replied, '_tell_dealer', '您好，投诉已收到，正在核实，有结果马上回复您。')
        self._step(complaint, replied + timedelta(hours=2), 'action_analyse')
        complaint.analysis = answer
        if end == 'analysed':
            return
        complaint.cause_id = self._ref(f'complaint_cause_{cause}')
        for kind in kinds:
            outcome = self.env['dealer.complaint.outcome'].create({'complaint_id': complaint.id, 'kind': kind})
            self._step(outcome, replied, 'action_make', user=complaint.user_id)
        done = received + timedelta(days=solved, hours=1)
        self._step(complaint, done, 'action_solve')
        if end == 'solved':
            return
        complaint.answer = f'<p>{answer}</p>'
        answered = done + timedelta(hours=1)
        self._step(complaint, answered, 'action_answer')
        if end == 'answered':
            return
        self._step(complaint, answered + timedelta(days=1), 'action_confirm')
        if stars:
            self._rate(complaint, stars)
        if end == 'closed':
            complaint.lesson = '已列入月度质量例会。' if stars and stars < 4 else False
            self._step(complaint, answered + timedelta(days=2), 'action_close')

    @api.model
    def _rate(self, complaint, stars):
        complaint._rate(complaint.partner_id, stars, {2: '处理太慢', 5: '处理很及时，谢谢'}.get(stars))
