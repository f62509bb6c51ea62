import { registry } from "@web/core/registry";
import { checkNothingIsWiderThanTheScreen } from "./screen_utils";

/** A dealer looks up its price, writes an order by search and by paste, mends it, and places it. */
registry.category("web_tour.tours").add("quick_order_tour", {
    url: "/my",
    steps: () => [
        { trigger: ".o_portal_docs a[href='/my/prices']", run: "click", expectUnloadPage: true },
        { trigger: "input[name=search]", run: "edit TAP" },
        { trigger: "form[action='/my/prices'] button", run: "click", expectUnloadPage: true },
        {
            content: "The dealer's own price, and what it is suggested to ask",
            trigger: ".o_price_row[data-code='TAP-1']:contains(70.00):contains(119.00)",
            run: checkNothingIsWiderThanTheScreen,
        },
        { trigger: "a[href='/my/quick-order']", run: "click", expectUnloadPage: true },
        { trigger: ".o_quick_search", run: "edit TAP-1" },
        { trigger: ".o_quick_found button:contains(TAP-1)", run: "click" },
        { trigger: ".o_quick_line[data-code='TAP-1'] .o_quick_subtotal:contains(60.00)" },
        { trigger: ".o_quick_paste", run: "click" },
        {
            trigger: "#o_quick_pasted",
            async run({ edit }) {
                await edit("SINK-1;2\nNOPE;5");
            },
        },
        { trigger: ".o_quick_take_over", run: "click" },
        { trigger: ".o_quick_problems:contains(Line 2):contains(NOPE)" },
        { trigger: ".o_quick_line[data-code='SINK-1'] .o_quick_subtotal:contains(280.00)" },
        { trigger: ".o_quick_line[data-code='TAP-1'] .o_quick_quantity", run: "edit 10 && press Tab" },
        { trigger: ".o_quick_line[data-code='TAP-1'] .o_quick_subtotal:contains(600.00)" },
        { content: "Why this price?", trigger: ".o_quick_line[data-code='TAP-1'] summary:contains(60.00)", run: "click" },
        {
            content: "The special price explains itself",
            trigger: ".o_quick_line[data-code='TAP-1'] details[open]:contains(Special price SP)",
            run: checkNothingIsWiderThanTheScreen,
        },
        { trigger: ".o_quick_saved" },
        { trigger: ".o_quick_total:contains(880.00)" },
        { trigger: ".o_quick_place:enabled", run: "click", expectUnloadPage: true },
        { trigger: ".alert:contains(Your order has been placed)" },
        { trigger: ".o_order_again" },
    ],
});

/** A dealer asks for a special price. */
registry.category("web_tour.tours").add("special_price_portal_tour", {
    url: "/my/special-prices",
    steps: () => [
        { trigger: "details summary:contains(Ask for a special price)", run: "click" },
        { trigger: "#special_lines", run: "edit SINK-1 20 120" },
        {
            trigger: "#special_to",
            run() {
                this.anchor.value = "2089-12-31";
            },
        },
        { trigger: "#special_project", run: "edit Airport" },
        { trigger: "#special_reason", run: "edit A tender" },
        { trigger: "form[action='/my/special-prices'] button.btn-primary", run: "click", expectUnloadPage: true },
        { trigger: ".alert-success:contains(SP)" },
        { trigger: ".o_special_price:contains(Airport):contains(120.00)", run: checkNothingIsWiderThanTheScreen },
    ],
});

/** A manager decides on a special price, and sees why an order line costs what it costs. */
registry.category("web_tour.tours").add("special_price_manager_tour", {
    url: "/odoo/action-dealer_management.dealer_price_request_action",
    steps: () => [
        { trigger: ".o_data_row:contains(Tour project) td[name=dealer_id]", run: "click" },
        { trigger: ".o_form_view:contains(Tour project) .o_statusbar_buttons button:contains(Approve)", run: "click" },
        { trigger: ".o_statusbar_status .o_arrow_button_current:contains(Approved)" },
        { trigger: ".o_statusbar_buttons button:contains(Close)" },
    ],
});

/** Staff opens an order of a dealer and asks why a line has its price. */
registry.category("web_tour.tours").add("price_reason_tour", {
    steps: () => [
        { trigger: ".o_data_row:contains(Tap) .o_price_reason", run: "click" },
        { trigger: ".o_price_reason_text:contains(Special price SP):contains(Gold prices)" },
    ],
});
