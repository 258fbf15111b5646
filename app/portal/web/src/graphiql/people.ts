/** The demo's people, and tokens to ask as them. */

import { options } from "./options";

export interface Person {
  role: string;
  name: string;
  organization: string;
  token: string;
}

interface Answer {
  people: Person[];
  /** How long the tokens are good for. */
  seconds: number;
}

const CHOSEN = "stagepath:person";
const FIRST_CHOICE = "PARTNER_SELLER";

const issued = new Set<string>();
let people: Person[] = [];
let chosen: Person | undefined;

/** Empty where no demo runs, or where the server gives no tokens to this browser. */
export async function meet(): Promise<Person[]> {
  if (!options.people) return [];
  const response = await fetch(options.people, { method: "POST", headers: { "content-type": "application/json" } });
  if (!response.ok) return [];
  const answer = (await response.json()) as Answer;
  people = answer.people;
  for (const person of people) issued.add(person.token);
  const name = chosen?.name ?? localStorage.getItem(CHOSEN);
  chosen =
    people.find((person) => person.name === name) ?? people.find((person) => person.role === FIRST_CHOICE) ?? people[0];
  setTimeout(() => void meet(), (answer.seconds * 1000) / 2);
  return people;
}

export function choose(name: string): Person | undefined {
  chosen = people.find((person) => person.name === name) ?? chosen;
  if (chosen) localStorage.setItem(CHOSEN, chosen.name);
  return chosen;
}

export function current(): Person | undefined {
  return chosen;
}

export function headersOf(person: Person): string {
  return JSON.stringify({ Authorization: `Bearer ${person.token}` }, null, 2);
}

/** With the chosen person's newest token, unless they name somebody else's. */
export function signed(headers: Record<string, string>): Record<string, string> {
  const name = Object.keys(headers).find((one) => one.toLowerCase() === "authorization");
  const given = name === undefined ? "" : (headers[name] ?? "").replace(/^bearer\s+/i, "").trim();
  if (!chosen || (given && !issued.has(given))) return headers;
  return { ...headers, [name ?? "Authorization"]: `Bearer ${chosen.token}` };
}
