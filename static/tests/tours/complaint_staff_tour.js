import { registry } from "@web/core/registry";

const button = (name) => `.o_form_view .o_statusbar_buttons button[name=${name}]`;

/** An agent takes a complaint from the kanban, notes something for colleagues, analyses it and answers the dealer. */
registry.category("web_tour.tours").add("complaint_staff_tour", {
    steps: () => [
        { trigger: ".o_complaint_kanban .o_kanban_record:contains(boxes crushed)", run: "click" },
        { content: "Told twice", trigger: ".o_form_view .alert:contains(may have been told twice)" },
        { trigger: button("action_acknowledge"), run: "click" },
        { trigger: `${button("action_analyse")}.btn-primary`, run: "click" },
        { trigger: button("action_solve") },
        { trigger: ".o-mail-Chatter-sendMessage:contains(Write to the Dealer)" },
        { trigger: ".o-mail-Chatter-logNote:contains(Internal Note)", run: "click" },
        { trigger: ".o-mail-Composer-input[placeholder^='Internal note']", run: "edit for us only" },
        { trigger: ".o-mail-Composer button:contains(Note It)", run: "click" },
        { trigger: ".o-mail-Message.o_complaint_note:contains(for us only) .o_complaint_audience:contains(Internal)" },
        { trigger: ".o_notebook a[name=answer]", run: "click" },
        { trigger: "div[name=answer] .odoo-editor-editable", run: "editor We send new boxes." },
        { trigger: `${button("action_answer")}`, run: "click" },
        { trigger: ".modal-footer .btn-primary", run: "click" },
        { trigger: `body:not(:has(.modal)) ${button("action_confirm")}` },
        { trigger: ".o-mail-Message.o_complaint_ours:contains(new boxes) .o_complaint_audience:contains(To the dealer)" },
    ],
});
