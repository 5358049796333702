// Shows the numbers under the pointer. The page contains all of them without it, too.
for (const figure of document.querySelectorAll("figure[data-values]")) {
  const buckets = figure.dataset.values.split("|").map((values) => values.split(","));
  const labels = figure.dataset.labels.split("|");
  const plots = [...figure.querySelectorAll(".plot")];
  const readout = Object.assign(document.createElement("p"), { className: "readout", hidden: true });
  readout.setAttribute("aria-hidden", "true");
  const cursors = plots.map((plot) => {
    const cursor = Object.assign(document.createElement("div"), { className: "cursor", hidden: true });
    plot.append(cursor);
    return cursor;
  });
  figure.append(readout);
  const show = (event) => {
    const box = plots[0].getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    const hidden = share < 0 || share > 1;
    const place = Math.min(buckets.length - 1, Math.max(0, Math.floor(share * buckets.length)));
    readout.hidden = hidden;
    for (const cursor of cursors) {
      cursor.hidden = hidden;
      cursor.style.left = `${((place + 0.5) / buckets.length) * 100}%`;
    }
    const seconds = place * Number(document.body.dataset.bucket);
    const parts = buckets[place].map((value, at) => value && `${Number(value).toLocaleString("en")} ${labels[at]}`);
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    readout.textContent = [clock, ...parts.filter(Boolean)].join(" · ");
  };
  const hide = () => {
    readout.hidden = true;
    for (const cursor of cursors) cursor.hidden = true;
  };
  for (const plot of plots) {
    plot.addEventListener("pointermove", show);
    plot.addEventListener("pointerdown", show);
    plot.addEventListener("pointerleave", hide);
  }
}
