import { registry } from "@web/core/registry";
import { checkNothingIsWiderThanTheScreen } from "./screen_utils";

/** A dealer opens its portal home, reads what its tier means and whom to call. */
registry.category("web_tour.tours").add("dealer_portal_tour", {
    url: "/my",
    steps: () => [
        { trigger: ".o_dealer_card:contains(Tour Dealer):contains(Tour Tier)" },
        { trigger: ".o_dealer_card a[href='tel:+86 757 8888 1002']" },
        { trigger: ".o_portal_docs a[href='/my/dealer']", run: "click", expectUnloadPage: true },
        { trigger: "#dealer_tier:contains(Priority supply):contains(Monthly report)" },
        {
            content: "Nothing is wider than the screen",
            trigger: "#dealer_contacts a[href='tel:400-800-1688']",
            run: checkNothingIsWiderThanTheScreen,
        },
    ],
});
