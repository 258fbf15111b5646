/**
 * Who is signed in. Access tokens are kept in memory alone; what outlives a reload is the name of a person of the demo,
 * or a cookie that scripts can't read, for which the server gives the next token (`/session/token`).
 */

import { options, under } from "../options";

export interface Person {
  role: string;
  name: string;
  organization: string;
  token: string;
}

interface Ticket {
  token: string;
  /** In milliseconds of `performance.now()`: when to have the next one by. */
  renewAt: number;
}

const CHOSEN = "stagepath:person";
/** Of a token's life, after which the next one is fetched. */
const SHARE = 0.75;

export class SignedOut extends Error {}

let ticket: Ticket | undefined;
let renewing: Promise<Ticket> | undefined;
let signedOut: () => void = () => undefined;

export function onSignedOut(then: () => void): void {
  signedOut = then;
}

const POST = { method: "POST", headers: { "content-type": "application/json" }, body: "{}" } as const;

/** The demo's people; empty where the server gives no tokens to this browser. */
export async function people(): Promise<Person[]> {
  if (!options.people) return [];
  const response = await fetch(under(options.people), POST);
  if (!response.ok) return [];
  const answer = (await response.json()) as { people: Person[]; seconds: number };
  lifetime = answer.seconds;
  return answer.people;
}

let lifetime = 3600;

export function enter(person: Person): void {
  localStorage.setItem(CHOSEN, person.name);
  ticket = made(person.token, lifetime);
}

function made(token: string, seconds: number): Ticket {
  return { token, renewAt: performance.now() + seconds * 1000 * SHARE };
}

/** Tabs renew one after the other: the provider may take a refresh token that comes twice for a stolen one. */
function fetched(isNext: boolean): Promise<Ticket> {
  return options.provider ? navigator.locks.request("stagepath:session", () => ask(isNext)) : ask(isNext);
}

async function ask(isNext: boolean): Promise<Ticket> {
  const chosen = localStorage.getItem(CHOSEN);
  if (chosen && options.people) {
    const person = (await people()).find((one) => one.name === chosen);
    if (person) return made(person.token, lifetime);
  }
  if (options.provider) {
    const response = await fetch(under(`session/token${isNext ? "?next" : ""}`), POST);
    if (response.ok) {
      const { accessToken, seconds } = (await response.json()) as { accessToken: string; seconds: number };
      return made(accessToken, seconds);
    }
    if (response.status !== 401) throw new TypeError("The server can't renew the session at the moment.");
  }
  throw new SignedOut();
}

/** A token that holds for a while. Raises `SignedOut` when there is none to be had. */
export async function token(): Promise<string> {
  if (ticket && performance.now() < ticket.renewAt) return ticket.token;
  return renewed();
}

/** The next token, whatever is left of this one. */
export async function renewed(): Promise<string> {
  renewing ??= fetched(true).finally(() => {
    renewing = undefined;
  });
  try {
    ticket = await renewing;
    return ticket.token;
  } catch (error) {
    if (error instanceof SignedOut) {
      ticket = undefined;
      signedOut();
    }
    throw error;
  }
}

/** Whether somebody is signed in, or can be without asking. */
export async function resumed(): Promise<boolean> {
  if (!localStorage.getItem(CHOSEN) && !options.provider) return false;
  try {
    ticket = await fetched(false);
    return true;
  } catch (error) {
    if (error instanceof SignedOut) return false;
    throw error;
  }
}

/** Why signing in at the provider came to nothing, as the server says in the address. */
export function refusal(): "denied" | "expired" | "refused" | "unavailable" | undefined {
  const why = new URLSearchParams(location.search).get("signin");
  return (["denied", "expired", "refused", "unavailable"] as const).find((one) => one === why);
}

/** Goes to the identity provider, which comes back to `path`. */
export function goAndSignIn(path: string): void {
  location.assign(under(`session/start?to=${encodeURIComponent(path)}`));
}

/** Forgets who was here, and where there is a provider, ends the session there as well. */
export async function leave(): Promise<void> {
  localStorage.removeItem(CHOSEN);
  ticket = undefined;
  if (!options.provider) return;
  const response = await fetch(under("session/end"), POST);
  const { to } = response.ok ? ((await response.json()) as { to: string | null }) : { to: null };
  if (to) location.assign(to);
}
