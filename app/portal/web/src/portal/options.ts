/** What the server says about itself in the page. */

export interface Options {
  version: string;
  mode: string;
  /** The server's root as an address relative to the page's. */
  root: string;
  /** Where tokens for the people of the demo programme are handed out; null: nowhere. */
  people: string | null;
  /** Whether people sign in at an identity provider. */
  provider: boolean;
  /** Whether `/graphql` is GraphiQL for browsers. */
  explorer?: boolean;
}

function read(): Options {
  const content = document.querySelector<HTMLMetaElement>('meta[name="stagepath"]')?.content;
  return content
    ? (JSON.parse(content) as Options)
    : { version: "", mode: "", root: "./", people: null, provider: false };
}

export const options = read();

/** The server's root, with a slash at its end: read once, before the address changes under the router. */
export const ROOT = new URL(options.root, location.href);

export function under(path: string): string {
  return new URL(path, ROOT).href;
}
