import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

/** A form of one step, such as "Yes, it is settled": a second tap sends nothing. */
export class ComplaintStep extends Interaction {
    static selector = ".o_complaint_step";
    dynamicContent = {
        _root: { "t-on-submit": this.onSubmit },
        _window: { "t-on-pageshow": this.onShow },
    };

    onSubmit() {
        this.disable(true);
    }

    /** Whoever goes back may find the page as it was left. */
    onShow() {
        this.disable(false);
    }

    disable(isSent) {
        this.el.querySelector("button").disabled = isSent;
    }
}

registry.category("public.interactions").add("dealer_management.complaint_step", ComplaintStep);
