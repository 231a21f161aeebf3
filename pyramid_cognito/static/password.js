// Marks the rules that a new password meets, while it is typed. The server has the last word.
"use strict";

for (const list of document.querySelectorAll("[data-rules-of]")) {
  const field = document.getElementById(list.dataset.rulesOf);
  const status = document.getElementById(`${field.id}-status`);
  const rules = Array.from(list.querySelectorAll("[data-pattern]"), (item) => ({
    item,
    words: item.querySelector("[hidden]"),
    pattern: new RegExp(item.dataset.pattern, "u"),
  }));

  const mark = () => {
    const isMet = rules.map((rule) => rule.pattern.test(field.value));
    rules.forEach(({ item, words }, index) => {
      item.classList.toggle("cognito-met", isMet[index]);
      words.hidden = !isMet[index];
    });
    // read out once, when all are met, and not at every key
    const isGood = isMet.every(Boolean) && field.value === field.value.trim();
    const words = isGood ? list.dataset.allMet : "";
    if (status.textContent !== words) {
      status.textContent = words;
    }
  };

  list.classList.add("cognito-marked");
  field.addEventListener("input", mark);
  mark();
}
