// Lets files be kept from within Airflow's frame, and makes PNG pictures of SVG ones.
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
  const keep = (address, name) => {
    const page = outside();
    const link = page.createElement("a");
    link.href = address;
    link.download = name;
    page.body.append(link);
    link.click();
    link.remove();
  };

  const picture = (address) =>
    new Promise((resolve, reject) => {
      const image = new Image();
      image.onload = () => resolve(image);
      image.onerror = reject;
      image.src = address;
    });
  const png = async (link) => {
    const image = await picture(link.href);
    const canvas = document.createElement("canvas");
    canvas.width = image.naturalWidth;
    canvas.height = image.naturalHeight;
    canvas.getContext("2d").drawImage(image, 0, 0);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    const address = URL.createObjectURL(blob);
    keep(address, `${link.dataset.png}.png`);
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  };

  for (const link of document.querySelectorAll("a[data-png]")) link.parentElement.hidden = false;
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest("a");
    if (!link) return;
    if (link.dataset.png !== undefined) {
      event.preventDefault();
      png(link).catch(() => window.open(link.href));
    } else if (/[?&]download=/.test(link.search) && outside() !== document) {
      event.preventDefault();
      keep(link.href, "");
    }
  });
})();
