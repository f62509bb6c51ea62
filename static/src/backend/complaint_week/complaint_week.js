import { Component, onWillStart, useState } from "@odoo/owl";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/**
 * The Monday page: complaints of last week beside the weeks before, and what waits. The server says
 * every figure, every text and what is behind it; here it is drawn and opened.
 */
export class ComplaintWeek extends Component {
    static template = "dealer_management.ComplaintWeek";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        // The week stays the same when one comes back from the records behind a figure.
        this.state = useState({ day: this.props.state?.day || false, page: null });
        this.display = { controlPanel: {} };
        useSetupAction({ getLocalState: () => ({ day: this.state.day }) });
        onWillStart(() => this.load(this.state.day));
    }

    async load(day) {
        const page = await this.orm.call("dealer.complaint.week", "get_week", [], { day });
        Object.assign(this.state, { day, page });
    }

    open(link) {
        const { name, res_model, res_id, domain, context } = link;
        const list = [
            [false, "list"],
            [false, "form"],
        ];
        return this.action.doAction({
            type: "ir.actions.act_window",
            name,
            res_model,
            context: context || {},
            ...(res_id ? { res_id, views: [[false, "form"]] } : { domain, views: list }),
        });
    }

    print() {
        window.print();
    }
}

registry.category("actions").add("dealer_management.complaint_week", ComplaintWeek);
