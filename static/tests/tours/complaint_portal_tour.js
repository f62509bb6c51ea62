import { registry } from "@web/core/registry";
import { checkNothingIsWiderThanTheScreen } from "./screen_utils";

/** Chooses a photograph of 2400 × 1200 pixels, as the telephone's camera would hand it over. */
async function takePhotograph() {
    const canvas = Object.assign(document.createElement("canvas"), { width: 2400, height: 1200 });
    canvas.getContext("2d").fillRect(0, 0, 1200, 1200);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    const transfer = new DataTransfer();
    transfer.items.add(new File([blob], "box.png", { type: "image/png" }));
    this.anchor.files = transfer.files;
    this.anchor.dispatchEvent(new Event("change", { bubbles: true }));
}

registry.category("web_tour.tours").add("complaint_portal_tour", {
    url: "/my",
    steps: () => [
        { trigger: ".o_portal_docs a[href='/my/complaints']", run: "click", expectUnloadPage: true },
        { trigger: "a.o_complaint_report", run: "click", expectUnloadPage: true },
        { trigger: ".o_complaint_types label:contains(Transit Damage)", run: "click" },
        { trigger: ".o_complaint_instruction:not(.d-none):contains(Photograph the outer box)" },
        { content: "What is not asked for is not shown", trigger: "body:not(:has([data-field=move_id]:not(.d-none)))" },
        { trigger: ".o_complaint_new button[type=submit]", run: "click" },
        {
            content: "All that is missing is marked at once, also what a browser asks for by itself",
            trigger: ".o_complaint_problem[data-name=description]:not(.d-none):contains(fill this in)",
        },
        { trigger: ".o_complaint_problem[data-name=quantity_kind]:not(.d-none):contains(missing, broken)" },
        {
            trigger: ".o_complaint_problem[data-name=picking_id]:not(.d-none)",
            run: checkNothingIsWiderThanTheScreen,
        },
        { trigger: "select[name=picking_id]", run: "selectByIndex 1" },
        {
            content: "The one product of the delivery is chosen",
            trigger: "select[name=product_id]:has(option:nth-child(2):contains(Test Goods))",
            run: checkNothingIsWiderThanTheScreen,
        },
        { trigger: "select[name=product_id]", run: "selectByIndex 1" },
        { trigger: "input[name=quantity]", run: "edit 2" },
        { trigger: "label[for=complaint_kind_broken]", run: "click" },
        { trigger: ".o_complaint_now", run: "click" },
        { trigger: "textarea[name=description]", run: "edit Two boxes are crushed" },
        { trigger: ".o_complaint_new button[type=submit]", run: "click" },
        {
            content: "Without a photograph it is refused, and all that was typed is still there",
            trigger: ".o_complaint_error:contains(Photograph or Sample)",
        },
        { trigger: "input[name=quantity]:value(2)" },
        { trigger: ".o_complaint_camera input:not(:visible)", run: takePhotograph },
        { trigger: ".o_complaint_thumb img", run: checkNothingIsWiderThanTheScreen },
        { trigger: ".o_complaint_remove", run: "click" },
        { trigger: "body:not(:has(.o_complaint_thumb))" },
        { trigger: ".o_complaint_files input[name=files]:not(:visible)", run: takePhotograph },
        { trigger: ".o_complaint_thumb img" },
        { trigger: ".o_complaint_new button[type=submit]", run: "click", expectUnloadPage: true },
        { trigger: ".o_complaint_done:contains(Your report has arrived)" },
        { trigger: "#complaint_facts:contains(Two boxes are crushed)", run: checkNothingIsWiderThanTheScreen },
        {
            trigger: ".o_complaint_gallery img",
            async run() {
                this.anchor.loading = "eager";
                this.anchor.scrollIntoView();
                await this.anchor.decode();
            },
        },
    ],
});

registry.category("web_tour.tours").add("complaint_portal_confirm_tour", {
    steps: () => [
        {
            trigger: ".o_complaint_message:contains(Two new ones are on their way)",
            run: checkNothingIsWiderThanTheScreen,
        },
        { trigger: "label[for=complaint_star_4]", run: "click" },
        { trigger: "#complaint_feedback", run: "edit Quick help" },
        { trigger: ".o_complaint_confirm", run: "click", expectUnloadPage: true },
        { trigger: ".o_complaint_done:contains(Thank you)" },
        { trigger: ".o_complaint_rating:contains(Quick help)", run: checkNothingIsWiderThanTheScreen },
    ],
});
