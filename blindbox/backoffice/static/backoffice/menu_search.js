/* The menu's search: Unfold looks for its results where they are not, and searches only when a key is let go. */
"use strict";
(() => {
  const links = () => [...document.querySelectorAll("#search-results a")];
  const follow = (link) => {
    if (link) window.location = link.href;
  };
  let answered = ""; // what the results on the page are of
  let awaited = null; // what Enter was pressed for before they came

  document.addEventListener("alpine:init", () => {
    const unfolds = window.searchDropdown;
    if (!unfolds) return;
    window.searchDropdown = () => ({
      ...unfolds(),
      maxItem: () => links().length,
      selectItem() {
        const text = this.$refs.searchInput.value;
        if (text === answered) follow(links()[Math.max(this.currentIndex, 1) - 1]);
        else awaited = text;
      },
    });
  });

  document.addEventListener("input", ({ target }) => {
    if (target.id !== "nav-filter") return;
    awaited = null;
    target.dispatchEvent(new Event("keyup", { bubbles: true })); // pasting and dictating let no key go
  });

  document.addEventListener("htmx:afterSwap", ({ target, detail }) => {
    if (target.id !== "search-results") return;
    answered = new URL(detail.pathInfo.finalRequestPath, window.location).searchParams.get("s") ?? "";
    window.Alpine.$data(document.getElementById("nav-filter")).currentIndex = 0;
    if (awaited === answered) follow(links()[0]);
    awaited = null;
  });
})();
