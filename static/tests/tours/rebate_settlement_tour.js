import { registry } from "@web/core/registry";

/** A channel manager's staff try a program on the year before: what it would have cost, and a chart of it. */
registry.category("web_tour.tours").add("rebate_trial_tour", {
    steps: () => [
        { trigger: ".o_form_view .o_statusbar_buttons button[name=action_try]", run: "click" },
        { trigger: ".o_form_view .o_statusbar_buttons button[name=action_compute]", run: "click" },
        { content: "What it would have cost", trigger: "div[name=earned]:contains(12,400.00)" },
        { trigger: "div[name=line_ids] .o_data_row:contains(Golden):contains(310,000.00)" },
        { trigger: ".o_form_view .o_statusbar_buttons button[name=action_view_lines]", run: "click" },
        { trigger: ".o_graph_renderer canvas" },
    ],
});

/** An accountant without a role in the channel settles a quarter and reads how a statement came about. */
registry.category("web_tour.tours").add("rebate_settlement_tour", {
    steps: () => [
        { trigger: ".o_form_view .o_statusbar_buttons button[name=action_settle]", run: "click" },
        { trigger: ".o_form_view .o_statusbar_buttons button[name=action_preview]:contains(Preview)", run: "click" },
        { trigger: "div[name=payout_ids] .o_data_row:contains(Golden):contains(12,400.00)" },
        { trigger: ".o_statusbar_buttons button[name=action_confirm]", run: "click" },
        { trigger: ".modal-footer .btn-primary", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_statusbar_buttons button[name=action_post]", run: "click" },
        { trigger: ".modal-footer .btn-primary", run: "click" },
        { trigger: ".o_statusbar_status .o_arrow_button_current:contains(Settled)" },
        { trigger: "div[name=payout_ids] .o_data_row:contains(Golden) td[name=dealer_id]", run: "click" },
        { content: "The statement", trigger: ".o_form_view h1:contains(RS)" },
        { trigger: "a[name=steps]", run: "click" },
        { content: "Each step in words", trigger: "div[name=explanation]:contains(12,400.00)" },
    ],
});
