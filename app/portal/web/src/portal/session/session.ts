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
/** Set until the server has ended the session of somebody who left. */
const LEAVING = "stagepath:leaving";
/** Of a token's life, after which the next one is fetched. */
const SHARE = 0.75;

export class SignedOut extends Error {}

let ticket: Ticket | undefined;
let renewing: Promise<Ticket> | undefined;
/** How often somebody has left: what was asked for before is nobody's any more. */
let departures = 0;
let signedOut: () => void = () => undefined;

export function onSignedOut(then: () => void): void {
  signedOut = then;
}

const POST = { method: "POST", headers: { "content-type": "application/json" }, body: "{}" } as const;

/** The demo's people; empty where the server gives no tokens to this browser. Raises `TypeError` while it can't say. */
export async function people(): Promise<Person[]> {
  if (!options.people) return [];
  const response = await fetch(under(options.people), POST);
  if (response.status >= 500) throw new TypeError("The server can't give tokens at the moment.");
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

function made(token: string, seconds: number, share = SHARE): Ticket {
  return { token, renewAt: performance.now() + seconds * 1000 * share };
}

/** Tabs act on the session one after the other: the provider may take a refresh token that comes twice for a stolen one.
 * Over plain HTTP, which development allows, browsers have no locks. */
function alone<T>(act: () => Promise<T>): Promise<T> {
  return options.provider && "locks" in navigator ? navigator.locks.request("stagepath:session", act) : act();
}

const fetched = (isNext: boolean) => alone(() => ask(isNext));

interface Handed {
  accessToken: string;
  seconds: number;
  /** There is no next one: this one is good to its end. */
  last?: boolean;
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
      const { accessToken, seconds, last } = (await response.json()) as Handed;
      return made(accessToken, seconds, last ? 1 : SHARE);
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
  const before = departures;
  renewing ??= fetched(true).finally(() => {
    renewing = undefined;
  });
  try {
    const next = await renewing;
    if (before !== departures) throw new SignedOut();
    ticket = next;
    return ticket.token;
  } catch (error) {
    if (error instanceof SignedOut && before === departures) {
      ticket = undefined;
      signedOut();
    }
    throw error;
  }
}

/** Whether somebody is signed in, or can be without asking. */
export async function resumed(): Promise<boolean> {
  if (!localStorage.getItem(CHOSEN) && !options.provider) return false;
  if (localStorage.getItem(LEAVING)) {
    await ended();
    return false;
  }
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

/** Forgets who was here, and where there is a provider, ends the session there as well. Raises `TypeError` while the
 * server can't be reached: `resumed` tries again before anything else. */
export async function leave(): Promise<void> {
  localStorage.removeItem(CHOSEN);
  departures += 1;
  ticket = undefined;
  renewing = undefined;
  if (!options.provider) return;
  localStorage.setItem(LEAVING, "yes");
  await ended();
}

/** After whatever is being renewed, so that nothing renews the cookie that this takes away. */
async function ended(): Promise<void> {
  const to = await alone(async () => {
    const response = await fetch(under("session/end"), POST);
    if (!response.ok) throw new TypeError("The server can't end the session at the moment.");
    localStorage.removeItem(LEAVING);
    return ((await response.json()) as { to: string | null }).to;
  });
  if (to) location.assign(to);
}
