import { markRaw } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { FetchRecordError } from "@web/model/relational_model/errors";
import { formView } from "@web/views/form/form_view";

/** A complaint that was handed to the head office with this save comes back empty: the form is left. */
class ComplaintRecord extends formView.Model.Record {
    async _save() {
        try {
            return await super._save(...arguments);
        } catch (error) {
            if (!(error instanceof FetchRecordError)) {
                throw error;
            }
            this._changes = markRaw({});
            this.dirty = false;
            this.model.env.config.historyBack();
            return false;
        }
    }
}

class ComplaintModel extends formView.Model {
    static Record = ComplaintRecord;
}

export const complaintFormView = { ...formView, Model: ComplaintModel };

registry.category("views").add("dealer_complaint_form", complaintFormView);
