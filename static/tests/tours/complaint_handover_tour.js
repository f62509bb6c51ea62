import { registry } from "@web/core/registry";

/** An agent sees that a complaint is confidential, gives it that type, and is led back to the list. */
registry.category("web_tour.tours").add("complaint_handover_tour", {
    steps: () => [
        { trigger: ".o_complaint_kanban .o_kanban_record:contains(takes bribes)", run: "click" },
        { trigger: ".o_form_view div[name=type_id] input", run: "edit Secret" },
        { trigger: ".o-autocomplete--dropdown-item:contains(Secret)", run: "click" },
        { trigger: ".o_form_button_save", run: "click" },
        { trigger: ".o_notification:contains(out of your sight)" },
        { trigger: ".o_complaint_kanban:not(:has(.o_kanban_record:contains(takes bribes)))" },
    ],
});
