"use strict";
(() => {
  const rows = [...document.querySelectorAll("tbody tr[data-login]")];
  const field = (name) => document.getElementById(name);
  const [text, place, status, group] = ["find", "place", "status", "group"].map(field);
  const shows = (row) => {
    const words = row.dataset.login.toLowerCase();
    if (text.value && !words.includes(text.value.toLowerCase())) return false;
    if (group.value && !JSON.parse(row.dataset.groups).includes(group.value)) return false;
    if (!place.value && !status.value) return true;
    return [...row.querySelectorAll("td[data-place]")].some((cell) =>
      (!place.value || cell.dataset.place === place.value) &&
      (!status.value || cell.dataset.status === status.value));
  };
  const filter = () => {
    let shown = 0;
    for (const row of rows) {
      row.hidden = !shows(row);
      if (!row.hidden) shown += 1;
    }
    field("shown").textContent = `${shown} of ${rows.length} shown`;
  };
  field("filters").addEventListener("input", filter);
  field("filters").addEventListener("reset", () => setTimeout(filter));
  field("filters").addEventListener("submit", (event) => event.preventDefault());
  for (const chip of document.querySelectorAll("button[data-pick]")) {
    chip.addEventListener("click", () => {
      place.value = chip.dataset.place;
      status.value = chip.dataset.pick;
      filter();
      field("logins").scrollIntoView();
    });
  }
  filter();
})();
