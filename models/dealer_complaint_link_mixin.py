from odoo import api, models

COMPLAINT = 'dealer.complaint'
LINKED = 'dealer.complaint.link.mixin'


class DealerComplaintLinkMixin(models.AbstractModel):
    """What hangs on a complaint is proposed from it only to whoever may read it.

    What is stored is computed as superuser: a form that is filled in with the id of somebody else's complaint would
    tell its dealer and its product.
    """

    _name = LINKED
    _description = 'Filled In from a Complaint'

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        self._check_linked_complaints(values)
        return values

    def onchange(self, values, field_names, fields_spec):
        # Defaults are also read where a value is missing, and then as superuser.
        self.default_get([name for name, field in self._fields.items() if _leads_to_complaint(self, field)])
        self._check_linked_complaints(values)
        return super().onchange(values, field_names, fields_spec)

    @api.model
    def _check_linked_complaints(self, values):
        """Check the right to read each complaint that these values of a form name, or what hangs on one.

        :raise AccessError: if there is one that the user may not read
        """
        for model_name, ids in _find_linked(self, values).items():
            self.env[model_name].browse(ids).check_access('read')


def _leads_to_complaint(model, field):
    """Whether a form of ``model`` is filled in from what ``field`` links to.

    What a complaint was merged into, or split from, fills in nothing.
    """
    if not field.relational or not isinstance(model.env[field.comodel_name], model.pool[LINKED]):
        return False
    return field.comodel_name != COMPLAINT or model._name != COMPLAINT


def _find_linked(model, values):
    """What a form for ``model`` is filled in from by these values, however deep: ``{model name: ids}``."""
    found = {}
    for name, value in values.items():
        field = model._fields.get(name)
        if not field or not field.relational or not value:
            continue
        for id_, nested in _read_links(value):
            if isinstance(id_, int) and _leads_to_complaint(model, field):
                found.setdefault(field.comodel_name, set()).add(id_)
            for model_name, ids in _find_linked(model.env[field.comodel_name], nested or {}).items():
                found.setdefault(model_name, set()).update(ids)
    return found


def _read_links(value):
    """The links of a value of a relational field as a browser sends it: list of ``(id or None, its values or None)``."""
    if isinstance(value, models.BaseModel):
        return [(id_, None) for id_ in value.ids]
    if isinstance(value, dict):
        return [(value.get('id'), value)]
    if not isinstance(value, (list, tuple)):
        return [(value, None)]
    links = []
    for item in value:
        if not isinstance(item, (list, tuple)):
            links += _read_links(item)
        elif len(item) > 2 and isinstance(item[2], (list, tuple)):
            links += [(id_, None) for id_ in item[2]]
        else:
            links.append((item[1] if len(item) > 1 else None, item[2] if len(item) > 2 else None))
    return links
