import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

/** Staff makes a dealer, takes it through its onboarding and grades it. */
function dealerStaffSteps({ phone }) {
    // On a phone a field's choices open in a dialog of their own.
    const choose = (field, name) =>
        phone
            ? [
                  { trigger: `${field} input`, run: "click" },
                  { trigger: `.modal .o_kanban_record:contains(${name})`, run: "click" },
              ]
            : [
                  { trigger: `${field} input`, run: `edit ${name}` },
                  { trigger: `.ui-autocomplete .dropdown-item:contains(${name})`, run: "click" },
              ];
    return [
        { content: "The columns are the states", trigger: ".o_kanban_group:contains(Onboarding)" },
        { trigger: ".o-kanban-button-new", run: "click" },
        { trigger: ".o_form_view .o_field_widget[name=name] :is(textarea, input)", run: "edit 佛山新星建材" },
        { content: "The dealer's own page comes first", trigger: ".o_notebook .nav-link.active:contains(Dealer)" },
        ...choose("div[name=dealer_type_id]", "Distributor"),
        ...stepUtils.saveForm(),
        { content: "It has a code now", trigger: "div[name=dealer_code]:contains(/^D[0-9]{5}/), div[name=dealer_code] input" },
        { trigger: ".o_statusbar_buttons button:contains(Start Onboarding)", run: "click" },
        { trigger: ".o_statusbar_buttons button:contains(Activate)", run: "click" },
        { trigger: ".o_statusbar_buttons:not(:contains(Activate))" },
        { trigger: ".o_statusbar_buttons button:contains(Change Tier)", run: "click" },
        ...choose(".modal div[name=grade_id]", "Tour Tier"),
        { trigger: ".modal div[name=reason] input", run: "edit First grading" },
        { trigger: ".modal button[name=action_apply]", run: "click" },
        { trigger: "body:not(:has(.modal))" },
        {
            content: "Tier and history are there",
            trigger: "div[name=tier_period_ids]:contains(Tour Tier):contains(First grading)",
        },
    ];
}

registry.category("web_tour.tours").add("dealer_staff_tour", {
    url: "/odoo/dealers",
    steps: () => dealerStaffSteps({ phone: false }),
});
registry.category("web_tour.tours").add("dealer_staff_phone_tour", {
    url: "/odoo/dealers",
    steps: () => dealerStaffSteps({ phone: true }),
});
