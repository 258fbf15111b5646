/**
 * Lets Monaco and others style the page under a policy without `unsafe-inline`. Has to be imported before them.
 *
 * They make `<style>` elements, which need the page's nonce; and Monaco writes lines of text as HTML with `style`
 * attributes, which no nonce allows: each distinct attribute becomes a rule of a constructed style sheet instead.
 */

const nonce = document.querySelector<HTMLElement>("script[nonce]")?.nonce;

const createElement = document.createElement.bind(document);
document.createElement = (name: string, options?: ElementCreationOptions) => {
  const element = createElement(name, options);
  if (nonce && element instanceof HTMLStyleElement) element.nonce = nonce;
  return element;
};

const sheet = new CSSStyleSheet();
document.adoptedStyleSheets.push(sheet);
const names = new Map<string, number>();

/** The sheet starts anew with so many rules, and lines that are drawn again find theirs. */
const MOST_RULES = 20_000;

function named(style: string): number {
  const known = names.get(style);
  if (known !== undefined) return known;
  const name = names.size;
  names.set(style, name);
  sheet.insertRule(`[data-style="${name}"]{${style}}`, sheet.cssRules.length);
  return name;
}

/** `<` and `>` in text are escaped, so whatever stands between two of them is a tag. */
function withoutStyles(html: string): string {
  if (names.size > MOST_RULES) {
    names.clear();
    sheet.replaceSync("");
  }
  return html.replace(/<[a-z][^>]*>/g, (tag) =>
    tag.replace(/\sstyle="([^"]*)"/g, (_, style: string) => (style.trim() ? ` data-style="${named(style)}"` : "")),
  );
}

interface Policies {
  createHTML?: (html: string, ...rest: unknown[]) => string;
  createScriptURL?: (url: string) => string;
}

/** As Monaco asks its environment for it. */
export function createTrustedTypesPolicy(_name: string, policies?: Policies): Policies | undefined {
  const createHTML = policies?.createHTML;
  if (!createHTML) return undefined;
  return { ...policies, createHTML: (html, ...rest) => withoutStyles(createHTML(html, ...rest)) };
}
