// Lets files be kept from within Airflow's frame.
"use strict";
(() => {
  // Airflow's frame may not start downloads, but the page around it may.
  const outside = () => {
    try {
      return window.parent === window ? document : window.parent.document;
    } catch {
      return document;
    }
  };
  const keep = (address) => {
    const page = outside();
    const link = page.createElement("a");
    link.href = address;
    link.download = "";
    page.body.append(link);
    link.click();
    link.remove();
  };

  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest("a");
    if (!link) return;
    if (/[?&]download=/.test(link.search) && outside() !== document) {
      event.preventDefault();
      keep(link.href);
    }
  });
})();
