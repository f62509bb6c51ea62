/** Throws if anything on a portal page is wider than the screen. */
export function checkNothingIsWiderThanTheScreen() {
    const wide = [...document.querySelectorAll("#wrap *")].find(
        (element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1
    );
    if (wide) {
        throw new Error(`Wider than the screen: ${wide.outerHTML.slice(0, 200)}`);
    }
}
