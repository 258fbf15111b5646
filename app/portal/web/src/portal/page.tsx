/** How a page joins the portal: its `route.tsx` has a default export that `page` made. */

import { type AnyRoute, createRoute, lazyRouteComponent } from "@tanstack/react-router";
import type { ComponentType } from "react";
import type { Key } from "./messages/messages";
import { NotAllowed } from "./shell/NotAllowed";
import { shellRoute } from "./shell/route";
import { type Permission, useMayAny } from "./shell/viewer";
import type { IconName } from "./ui/Icon";
import { Problem } from "./ui/states";

interface Given {
  path: string;
  /** Its entry in the navigation; without it, other pages lead here. */
  nav?: { label: Key; icon: IconName; order: number };
  /** For whoever has one of these permissions; others find no entry, and a page that says so. Without: for all. */
  may?: readonly Permission[];
  /** Reads the page's filters from the address, and leaves out what makes no sense. */
  search?: (given: Record<string, unknown>) => Record<string, unknown>;
  load: () => Promise<{ default: ComponentType }>;
}

export interface Page {
  nav: Given["nav"] & { path: string; may?: readonly Permission[] };
  route: AnyRoute;
}

export function page({ path, nav, may, search, load }: Given): { nav: Page["nav"] | undefined; route: AnyRoute } {
  const component = lazyRouteComponent(() => load().catch(cut));
  const route = createRoute({
    getParentRoute: () => shellRoute,
    path,
    component: may ? guarded(component, may) : component,
    ...(search && { validateSearch: only(search) }),
  });
  return { nav: nav && { ...nav, path, ...(may && { may }) }, route: route as unknown as AnyRoute };
}

type Loaded = ReturnType<typeof lazyRouteComponent>;

function guarded(Shown: Loaded, may: readonly Permission[]): Loaded {
  const Guarded = (given: object) => (useMayAny(may) ? <Shown {...given} /> : <NotAllowed />);
  return Object.assign(Guarded, Shown.preload && { preload: Shown.preload }) as Loaded;
}

/** Without a line to have a page's program by, the browser's own page for that would come in place of the portal. */
function cut(error: unknown): Awaited<ReturnType<Given["load"]>> {
  if (navigator.onLine) throw error;
  return { default: () => <Problem failure={{ kind: "offline" }} retry={() => location.reload()} /> };
}

/** What `search` doesn't give isn't there: by itself, the router keeps what stood in the address. */
function only(search: NonNullable<Given["search"]>): NonNullable<Given["search"]> {
  return (given) => ({ ...Object.fromEntries(Object.keys(given).map((name) => [name, undefined])), ...search(given) });
}
