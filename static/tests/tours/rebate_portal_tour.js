import { registry } from "@web/core/registry";
import { checkNothingIsWiderThanTheScreen } from "./screen_utils";

/** A dealer follows what it was paid down to an invoice line, disputes it, and opens the invoice. */
registry.category("web_tour.tours").add("rebate_portal_tour", {
    url: "/my",
    steps: () => [
        { trigger: ".o_portal_docs a[href='/my/rebates']", run: "click", expectUnloadPage: true },
        {
            content: "How far it is, and what the next band is worth",
            trigger: ".o_rebate_card .o_rebate_sentence:contains(38,200.00):contains(2,000.00)",
            run: checkNothingIsWiderThanTheScreen,
        },
        { trigger: ".o_rebate_card .o_rebate_program", run: "click", expectUnloadPage: true },
        { trigger: ".o_rebate_ladder:contains(300,000)", run: checkNothingIsWiderThanTheScreen },
        { trigger: "#rebate_amount", run: "edit 238,200" },
        { trigger: "#rebate_what_if button", run: "click", expectUnloadPage: true },
        { trigger: ".o_rebate_effect:contains(12,000.00)" },
        { trigger: "a.o_rebate_statement:contains(12,400.00)", run: "click", expectUnloadPage: true },
        { trigger: ".o_rebate_computation .o_rebate_steps:contains(310,000.00):contains(12,400.00)" },
        {
            trigger: ".o_rebate_line:contains(Sink):contains(8,000.00)",
            run: checkNothingIsWiderThanTheScreen,
        },
        { trigger: ".o_rebate_line:contains(Sink) .o_rebate_dispute summary", run: "click" },
        { trigger: ".o_rebate_line:contains(Sink) textarea[name=reason]", run: "edit We sent it back" },
        { trigger: ".o_rebate_line:contains(Sink) form button", run: "click", expectUnloadPage: true },
        { trigger: ".alert-success:contains(Your question has been sent)" },
        {
            trigger: "#rebate_disputes .o_rebate_dispute_card:contains(We sent it back)",
            run: checkNothingIsWiderThanTheScreen,
        },
        { trigger: ".o_rebate_line:contains(Tap) a.o_rebate_document", run: "click", expectUnloadPage: true },
        { content: "The invoice behind the cent", trigger: "body:contains(INV/)" },
    ],
});
