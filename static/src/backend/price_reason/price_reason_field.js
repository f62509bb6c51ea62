import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { usePopover } from "@web/core/popover/popover_hook";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

class PriceReasonPopover extends Component {
    static template = "dealer_management.PriceReasonPopover";
    static props = { reason: String, close: Function };
}

/** Why a line has its price: a small button that opens the explanation. */
export class PriceReasonField extends Component {
    static template = "dealer_management.PriceReasonField";
    static props = { ...standardFieldProps };

    setup() {
        this.popover = usePopover(PriceReasonPopover, { position: "top" });
    }

    get reason() {
        return this.props.record.data[this.props.name];
    }

    open(ev) {
        if (this.popover.isOpen) {
            this.popover.close();
        } else {
            this.popover.open(ev.currentTarget, { reason: this.reason });
        }
    }
}

export const priceReasonField = {
    component: PriceReasonField,
    displayName: _t("Why This Price"),
    supportedTypes: ["text", "char"],
    listViewWidth: 24,
    label: false,
};

registry.category("fields").add("price_reason", priceReasonField);
