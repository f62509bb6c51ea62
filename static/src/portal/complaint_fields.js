import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

/** What the server calls the document that products are asked for of. */
const DOCUMENTS = { picking_id: "delivery", order_id: "order", move_id: "invoice" };

/**
 * Shows what the chosen type asks for and offers the products of the chosen delivery. The server
 * decides what is needed: here it is only shown and hidden.
 */
export class ComplaintFields extends Interaction {
    static selector = ".o_complaint_form";
    dynamicContent = {
        "input[name=type_id]": { "t-on-change": this.showType },
        ".o_complaint_more": { "t-on-click": this.onMore },
        "select[name=picking_id], select[name=order_id], select[name=move_id]": {
            "t-on-change": this.onDocument,
        },
        ".o_complaint_product_search": { "t-on-input": this.debounced(this.onSearch, 300) },
        ".o_complaint_now": { "t-on-click.withTarget": this.onNow },
    };

    setup() {
        this.showsAll = false;
        for (const element of this.el.querySelectorAll(".o_complaint_product_search, .o_complaint_now")) {
            element.classList.remove("d-none");
        }
        this.showType();
    }

    showType() {
        if (!this.el.querySelector("input[name=type_id]")) {
            return; // The form of a complaint that has its type: all its fields are needed.
        }
        const type = this.el.querySelector("input[name=type_id]:checked");
        const needs = new Set((type?.dataset.needs || "").split(" ").filter(Boolean));
        let hidden = 0;
        for (const field of this.el.querySelectorAll(".o_complaint_field")) {
            const name = field.dataset.field;
            const isShown = needs.has(name) || this.showsAll || Boolean(field.querySelector(`[name=${name}]`).value);
            field.classList.toggle("d-none", !isShown);
            field.classList.toggle("o_complaint_needed", needs.has(name));
            hidden += isShown ? 0 : 1;
        }
        for (const instruction of this.el.querySelectorAll(".o_complaint_instruction")) {
            instruction.classList.toggle("d-none", instruction.dataset.type !== type?.value);
        }
        const evidence = type?.dataset.evidence || "none";
        this.el.querySelector(".o_complaint_files").classList.toggle("o_complaint_needed", evidence !== "none");
        const sample = this.el.querySelector(".o_complaint_sample");
        sample.classList.toggle("d-none", evidence !== "photo_or_sample" && !this.showsAll);
        this.el.querySelector(".o_complaint_more").classList.toggle("d-none", !type || !hidden);
    }

    onMore() {
        this.showsAll = true;
        this.showType();
    }

    onNow(ev, button) {
        // "sv-SE" writes dates as the field has them.
        const now = new Date().toLocaleString("sv-SE", { timeZone: button.dataset.zone });
        this.el.querySelector("input[name=date_found]").value = now.slice(0, 16).replace(" ", "T");
    }

    onDocument(ev) {
        const asked = new URLSearchParams({ [DOCUMENTS[ev.target.name]]: ev.target.value });
        return this.offerProducts(asked);
    }

    onSearch(ev) {
        return this.offerProducts(new URLSearchParams({ search: ev.target.value }));
    }

    async offerProducts(asked) {
        const select = this.el.querySelector("select[name=product_id]");
        if (!select) {
            return;
        }
        const response = await this.waitFor(fetch(`/my/complaints/products?${asked}`));
        if (!response.ok) {
            return; // What is offered already stays.
        }
        const products = await this.waitFor(response.json());
        const [none, ...options] = select.options;
        const chosen = options.find((option) => option.selected);
        const offered = products
            .filter((product) => String(product.id) !== chosen?.value)
            .map((product) => new Option(product.name, product.id));
        select.replaceChildren(none, ...(chosen ? [chosen] : []), ...offered);
        if (!chosen && offered.length === 1) {
            offered[0].selected = true;
        }
    }
}

registry.category("public.interactions").add("dealer_management.complaint_fields", ComplaintFields);
