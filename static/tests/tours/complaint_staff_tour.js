import { registry } from "@web/core/registry";

const button = (name) => `.o_form_view .o_statusbar_buttons button[name=${name}]`;
const tours = registry.category("web_tour.tours");
const openCard = { trigger: ".o_complaint_kanban .o_kanban_record:contains(boxes crushed)", run: "click" };

/**
 * An agent takes a complaint from the kanban, notes something for colleagues, analyses it, answers the dealer, and
 * credits two pieces of the invoice.
 */
tours.add("complaint_staff_tour", {
    steps: () => [
        openCard,
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
        { trigger: ".o_notebook a[name=outcomes]", run: "click" },
        { trigger: "div[name=outcome_ids] .o_field_x2many_list_row_add a", run: "click" },
        { trigger: ".modal div[name=kind] input", run: "click" },
        { trigger: ".o_select_menu_item:contains(Refund)", run: "click" },
        { content: "The invoice line and the amount are proposed", trigger: ".modal div[name=amount]:contains(180.00)" },
        { trigger: ".modal div[name=amount_left]:contains(900.00)" },
        { trigger: ".modal .o_form_button_save", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_form_button_save:visible", run: "click" },
        { trigger: ".o_form_saved .o_data_row:contains(Refund) button[name=action_make]", run: "click" },
        { trigger: ".o_data_row:contains(Refund):contains(Document Made)" },
        { content: "The chatter says so, too", trigger: ".o-mail-Message:contains(Refund) a[data-oe-model='account.move']" },
        { trigger: ".o_data_row:contains(Refund) button[name=action_view_document]", run: "click" },
        { content: "The draft credit note", trigger: ".o_form_view div[name=invoice_line_ids] .o_data_row:contains(Valve)" },
        { trigger: ".o_form_view button[name=action_view_complaints]", run: "click" },
        { content: "And back", trigger: ".o_form_view div[name=title]:has(textarea, input, span)" },
    ],
});

/** Two that are about the same become one. */
tours.add("complaint_merge_tour", {
    steps: () => [
        openCard,
        { trigger: ".o_form_view .o_statusbar_buttons button:contains(Merge)", run: "click" },
        { trigger: ".modal div[name=complaint_ids] .o_data_row:contains(boxes crushed)" },
        { trigger: ".modal div[name=complaint_ids] .o_data_row:contains(told again)" },
        { content: "The first stays", trigger: ".modal div[name=target_id] input:value(/boxes crushed/)" },
        { trigger: ".modal button[name=action_merge]", run: "click" },
        { trigger: "body:not(:has(.modal)) .o-mail-Message:contains(Merged into this complaint):contains(told again)" },
        { trigger: ".o_form_view button[name=action_view_merged]" },
    ],
});

/** What is due in the last second of a day is drawn on that day alone, with its time. */
tours.add("complaint_calendar_tour", {
    steps: () => [
        { trigger: ".o_switch_view.o_calendar", run: "click" },
        { trigger: ".o_calendar_view .fc-event:contains(boxes crushed):contains(11:59)" },
        {
            content: "Drawn once, and over one day",
            trigger: ".o_calendar_view",
            run() {
                const events = document.querySelectorAll(".o_calendar_view .fc-event");
                const drawn = [...events].filter((event) => event.textContent.includes("boxes crushed"));
                const day = document.querySelector(".o_calendar_view .fc-daygrid-day");
                if (drawn.length !== 1 || drawn[0].offsetWidth > day.offsetWidth) {
                    throw new Error(`Drawn ${drawn.length} times, ${drawn[0].offsetWidth} px wide`);
                }
            },
        },
    ],
});

/** What a complaint is about besides becomes one of its own. */
tours.add("complaint_split_tour", {
    steps: () => [
        openCard,
        { trigger: ".o_form_view .o_statusbar_buttons button:contains(Split)", run: "click" },
        { trigger: ".modal div[name=part_ids] .o_field_x2many_list_row_add a", run: "click" },
        { trigger: ".modal .o_selected_row div[name=title] input", run: "edit Tour: one tap leaks" },
        { content: "As in the whole", trigger: ".modal .o_selected_row div[name=product_id] input:value(/Valve/)" },
        { trigger: ".modal .o_selected_row div[name=quantity] input", run: "edit 1" },
        { trigger: ".modal button[name=action_split]", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_list_view .o_data_row:contains(boxes crushed)" },
        { trigger: ".o_list_view .o_data_row:contains(one tap leaks)" },
    ],
});

/** Figures of last week open the records behind them; the week before has others. */
tours.add("complaint_week_tour", {
    steps: () => [
        { trigger: ".o_complaint_week_card[data-card=new]:contains(1)", run: "click" },
        { trigger: ".o_list_view .o_data_row:contains(boxes crushed)" },
        { trigger: ".o_back_button, .breadcrumb-item a", run: "click" },
        { trigger: ".o_complaint_week section[data-table=worst] a:contains(boxes crushed)", run: "click" },
        { trigger: ".o_form_view div[name=title]" },
        { trigger: ".o_back_button, .breadcrumb-item a", run: "click" },
        { trigger: ".o_complaint_week .o_previous", run: "click" },
        { trigger: ".o_complaint_week_card[data-card=new]:contains(0)" },
        { trigger: ".o_complaint_week .o_next:enabled", run: "click" },
        { trigger: ".o_complaint_week_card[data-card=new]:contains(1)" },
        { content: "Nothing is known of weeks to come", trigger: ".o_complaint_week .o_next:disabled" },
    ],
});
