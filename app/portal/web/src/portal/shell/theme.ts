/** Light or dark: as the system has it, unless somebody chose. */

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const CHOSEN = "stagepath:theme";

export function theme(): Theme {
  const kept = localStorage.getItem(CHOSEN);
  return THEMES.find((one) => one === kept) ?? "system";
}

export function show(chosen: Theme): void {
  if (chosen === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}

export function choose(chosen: Theme): void {
  localStorage.setItem(CHOSEN, chosen);
  show(chosen);
}
