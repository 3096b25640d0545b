// Follows Airflow's own light/dark switch, opens Airflow's pages in Airflow instead of in this frame.
"use strict";
(() => {
  const own = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  const airflow = () => {
    try {
      return window.parent === window ? null : window.parent.document;
    } catch {
      return null; // another origin: nothing to follow
    }
  };

  const wanted = () => {
    const page = airflow();
    const classes = page && page.documentElement.classList;
    if (classes && classes.contains("dark")) return "dark";
    if (classes && classes.contains("light")) return "light";
    let stored = null;
    try {
      stored = window.localStorage.getItem("theme");
    } catch {
      // storage may be forbidden
    }
    if (stored === "dark" || stored === "light") return stored;
    return dark.matches ? "dark" : "light";
  };

  const follow = () => {
    const theme = wanted();
    own.classList.toggle("dark", theme === "dark");
    own.classList.toggle("light", theme === "light");
  };

  follow();
  window.addEventListener("storage", follow);
  dark.addEventListener("change", follow);
  const page = airflow();
  if (page) {
    new MutationObserver(follow).observe(page.documentElement, { attributes: true, attributeFilter: ["class"] });
  }

  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest("a[data-airflow]");
    const outside = airflow();
    if (!link || !outside || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const going = outside.createElement("a"); // this frame may not navigate its parent, but the parent may
    going.href = link.href;
    outside.body.append(going);
    going.click();
    going.remove();
  });

  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post") return;
    if (event.target.dataset.sent) event.preventDefault(); // a double click is one action
    event.target.dataset.sent = "1";
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("form.filters select")) event.target.form.requestSubmit();
  });
})();
