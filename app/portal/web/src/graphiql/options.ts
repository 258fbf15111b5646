/** What the server says about itself in the page. */

export interface Options {
  version: string;
  mode: string;
  /** Where tokens for the people of the demo programme are handed out; null: nowhere. */
  people: string | null;
}

function read(): Options {
  const content = document.querySelector<HTMLMetaElement>('meta[name="stagepath"]')?.content;
  return content ? (JSON.parse(content) as Options) : { version: "", mode: "", people: null };
}

export const options = read();
