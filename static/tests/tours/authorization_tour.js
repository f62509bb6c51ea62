import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";
import { checkNothingIsWiderThanTheScreen } from "./screen_utils";

function choose(field, name) {
    return [
        { trigger: `div[name=${field}] input`, run: `edit ${name}` },
        { trigger: `.ui-autocomplete .dropdown-item:contains(${name})`, run: "click" },
    ];
}

/** A manager asks for a grant, approves another one, and prints its certificate. */
registry.category("web_tour.tours").add("authorization_manager_tour", {
    url: "/odoo/dealer-authorizations",
    steps: () => [
        { trigger: ".o_list_button_add", run: "click" },
        ...choose("dealer_id", "Tour Dealer"),
        ...choose("territory_id", "Tour North"),
        { trigger: "input[data-field=date_to]", run: "edit 12/31/2090 && press Tab" },
        ...stepUtils.saveForm(),
        { trigger: ".o_statusbar_buttons button:contains(Submit)", run: "click" },
        {
            content: "One's own request is for somebody else to approve",
            trigger: ".o_statusbar_buttons:has(button:contains(Withdraw)):not(:has(button:contains(Approve)))",
        },
        { trigger: ".o_back_button", run: "click" },
        { trigger: ".o_data_row:contains(Tour South) td[name=dealer_id]", run: "click" },
        { trigger: ".o_statusbar_buttons button:contains(Approve)", run: "click" },
        { content: "The certificate is issued", trigger: "div[name=certificate_number]:contains(SQ-)" },
        { trigger: ".o_statusbar_buttons button:contains(Print Certificate)", run: "click" },
        { trigger: "body:not(:has(.o_error_dialog)) .o_form_view" },
    ],
});

/** A dealer finds its authorization in the portal and downloads the certificate. */
registry.category("web_tour.tours").add("authorization_portal_tour", {
    url: "/my",
    steps: () => [
        { trigger: ".o_portal_docs a[href='/my/authorizations']", run: "click", expectUnloadPage: true },
        { trigger: ".o_dealer_authorization:contains(Tour South):contains(SQ-)" },
        {
            content: "Nothing is wider than the screen",
            trigger: ".o_dealer_authorization a:contains(What customers see)",
            run: checkNothingIsWiderThanTheScreen,
        },
        {
            content: "The certificate is a document of its own",
            trigger: ".o_dealer_authorization a:contains(Certificate (English))",
            async run() {
                const response = await fetch(this.anchor.href);
                if (!response.ok || response.headers.get("Content-Type") !== "application/pdf") {
                    throw new Error(`No certificate: ${response.status} ${response.headers.get("Content-Type")}`);
                }
            },
        },
    ],
});

/** Staff confirms an order for another dealer's area, is refused, and asks for approval. */
registry.category("web_tour.tours").add("authorization_order_tour", {
    steps: () => [
        { trigger: ".alert-warning:contains(which another dealer holds)" },
        { trigger: "button[name=action_confirm]:not(.d-none):visible", run: "click" },
        { trigger: ".modal:contains(which another dealer holds)" },
        { trigger: ".modal .btn-primary", run: "click" },
        { trigger: "body:not(:has(.modal))" },
        { trigger: ".alert-warning button:contains(Ask for Approval)", run: "click" },
        { trigger: ".modal div[name=reason] textarea", run: "edit Project of the same group" },
        { trigger: ".modal button[name=action_apply]", run: "click" },
        { trigger: "body:not(:has(.modal))" },
        { trigger: ".alert-warning .badge:contains(Waiting for approval)" },
    ],
});
