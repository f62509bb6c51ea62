import { registry } from "@web/core/registry";

/** Staff of a channel manager write a program with three bands, read it back in words, and hand it in. */
registry.category("web_tour.tours").add("rebate_program_tour", {
    url: "/odoo/rebate-programs",
    steps: () => [
        { trigger: ".o_list_button_add", run: "click" },
        { trigger: ".o_form_view div[name=title] input, .o_form_view div[name=title] textarea", run: "edit Tour rebate" },
        { trigger: "div[name=template] input", run: "click" },
        { trigger: ".o_select_menu_item:contains(Quarterly tiers)", run: "click" },
        {
            content: "The program reads as prose while it is written",
            trigger: ".o_rebate_sentence:contains(2 % from 100,000):contains(6 % from 500,000)",
        },
        { trigger: "div[name=band_ids] .o_data_row:eq(0) td[name=rate]", run: "click" },
        { trigger: "div[name=band_ids] .o_selected_row td[name=rate] input", run: "edit 3 && press Tab" },
        { trigger: ".o_rebate_sentence:contains(3 % from 100,000)" },
        { trigger: ".o_form_button_save", run: "click" },
        { trigger: ".o_form_saved .o_statusbar_buttons button:contains(Submit)", run: "click" },
        { trigger: ".o_statusbar_status .o_arrow_button_current:contains(Submitted)" },
        { content: "It stands still", trigger: "div[name=band_ids]:not(:has(.o_field_x2many_list_row_add))" },
    ],
});
